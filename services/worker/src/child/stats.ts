import type { Stats } from '../messages.ts';

const EVERY_MS = 1_000;
/** A change of memory smaller than this is not worth a message. */
const RSS_STEP_BYTES = 1 << 20;

/** Reports counts and memory each second in which something changed. */
export function reportStats(read: () => { requestsServed: number; inFlight: number }, send: (stats: Stats) => void): () => void {
  let last: Stats | undefined;
  const report = (): void => {
    const stats: Stats = { type: 'stats', ...read(), rssBytes: process.memoryUsage.rss() };
    const isSame =
      last?.requestsServed === stats.requestsServed &&
      last.inFlight === stats.inFlight &&
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
