import type { ExtensionFigures, ThreadPoolFigures } from '../figures.ts';
import type { Stats } from '../messages.ts';
import { LoopWatch } from './loop-delay.ts';

const EVERY_MS = 1_000;
/** A change of memory smaller than this is not worth a message. */
const RSS_STEP_BYTES = 1 << 20;

/** Reports counts, memory and the delay of the event loop each second in which something changed. */
export function reportStats(
  read: () => Pick<Stats, 'requestsServed' | 'inFlight' | 'threadPool' | 'extensions'>,
  send: (stats: Stats) => void,
): () => void {
  const loop = new LoopWatch();
  let last: Stats | undefined;
  const report = (): void => {
    const counts = read();
    const loopDelay = loop.read(last !== undefined && (counts.inFlight > 0 || counts.requestsServed !== last.requestsServed));
    const stats: Stats = { type: 'stats', ...counts, rssBytes: process.memoryUsage.rss(), ...(loopDelay ? { loopDelay } : {}) };
    const isSame =
      last?.requestsServed === stats.requestsServed &&
      last.inFlight === stats.inFlight &&
      loopDelay === undefined &&
      last.loopDelay === undefined &&
      isSamePool(last.threadPool, counts.threadPool) &&
      isSameOwed(last.extensions, counts.extensions) &&
      Math.abs(last.rssBytes - stats.rssBytes) < RSS_STEP_BYTES;
    if (isSame) return;
    last = stats;
    send(stats);
  };
  report();
  const timer = setInterval(report, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function isSameOwed(last: ExtensionFigures | undefined, now: ExtensionFigures | undefined): boolean {
  return last?.owed === now?.owed && last?.abandoned === now?.abandoned;
}

function isSamePool(last: ThreadPoolFigures | undefined, now: ThreadPoolFigures | undefined): boolean {
  if (!last || !now) return last === now;
  const { active, queued, maxThreads, completed } = now;
  return active === last.active && queued === last.queued && maxThreads === last.maxThreads && completed === last.completed;
}
