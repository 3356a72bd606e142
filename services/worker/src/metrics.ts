import { type Reading, reading, single } from '@baton/telemetry';
import type { ThreadPoolFigures } from './figures.ts';
import type { Host } from './host.ts';
import type { Stats } from './messages.ts';
import { WORKER_STATES, type WorkerRecord } from './slots/record.ts';

type ThreadPoolMetric = 'threadPoolActive' | 'threadPoolMax' | 'threadPoolQueued';

/** What a host sees now; labels are bounded by its capacity: host, pool, slot, state. */
export function readHost(host: Host, id: string): Reading[] {
  const counts = host.counts();
  const labels = { host: id };
  const live = host.table.live();
  return [
    reading(
      'hostWorkers',
      WORKER_STATES.filter((state) => state !== 'exited').map((state) => ({
        labels: { ...labels, state },
        value: live.filter((record) => record.state === state).length,
      })),
    ),
    single('hostSpares', host.readySpares(), labels),
    single('hostAttached', host.isAttached() ? 1 : 0, labels),
    single('hostEpoch', host.table.highestEpoch, labels),
    single('hostOrdersEntered', counts.ordersEntered, labels),
    single('hostOrdersRefused', counts.ordersRefused, labels),
    single('hostWorkersStarted', counts.workersStarted, labels),
    single('hostWorkersFailed', counts.workersFailed, labels),
    ...readSlots(host, id, live),
  ];
}

/** What the workers of each slot last said of themselves: two of them while a recycle overlaps. */
function readSlots(host: Host, id: string, live: readonly WorkerRecord[]): Reading[] {
  const slots = Object.values(Object.groupBy(live, ({ slot }) => slot)).map((records) => {
    const { pool, slot } = records![0]!;
    const stats = records!.map(({ workerId }) => host.stats(workerId)).filter((one) => one !== undefined);
    return { labels: { host: id, pool, slot }, stats };
  });
  const withPool = slots.flatMap(({ labels, stats }) => {
    const pools = stats.flatMap(({ threadPool }) => (threadPool ? [threadPool] : []));
    return pools.length > 0 ? [{ labels, pools }] : [];
  });
  const withExtensions = slots.filter(({ stats }) => stats.some(({ extensions }) => extensions !== undefined));
  const ofPools = (name: ThreadPoolMetric, figure: (pool: ThreadPoolFigures) => number) =>
    reading(
      name,
      withPool.map(({ labels, pools }) => ({ labels, value: pools.reduce((total, one) => total + figure(one), 0) })),
    );
  const sum = (stats: readonly Stats[], figure: (one: Stats) => number) => stats.reduce((total, one) => total + figure(one), 0);
  return [
    reading(
      'workerLoopDelay',
      slots.flatMap(({ labels, stats }) => {
        const delays = stats.flatMap(({ loopDelay }) => (loopDelay ? [loopDelay] : []));
        if (delays.length === 0) return [];
        const worst = (figure: 'p50Ms' | 'p99Ms' | 'maxMs') => Math.max(...delays.map((delay) => delay[figure])) / 1_000;
        return [
          { labels: { ...labels, percentile: '50' }, value: worst('p50Ms') },
          { labels: { ...labels, percentile: '99' }, value: worst('p99Ms') },
          { labels: { ...labels, percentile: '100' }, value: worst('maxMs') },
        ];
      }),
    ),
    reading(
      'workerMemory',
      slots.map(({ labels, stats }) => ({ labels, value: sum(stats, ({ rssBytes }) => rssBytes) })),
    ),
    reading(
      'workerInFlight',
      slots.map(({ labels, stats }) => ({ labels, value: sum(stats, ({ inFlight }) => inFlight) })),
    ),
    ofPools('threadPoolActive', ({ active }) => active),
    ofPools('threadPoolMax', ({ maxThreads }) => maxThreads),
    ofPools('threadPoolQueued', ({ queued }) => queued),
    reading(
      'threadPoolCompleted',
      withPool.map(({ labels }) => ({ labels, value: host.routinesEnded(labels.slot) })),
    ),
    reading(
      'extensionSessionsOwed',
      withExtensions.map(({ labels, stats }) => ({ labels, value: sum(stats, ({ extensions }) => extensions?.owed ?? 0) })),
    ),
    reading(
      'extensionSessionsAbandoned',
      withExtensions.map(({ labels }) => ({ labels, value: host.sessionsAbandoned(labels.slot) })),
    ),
    reading(
      'threadPoolWait',
      withPool.map(({ labels, pools }) => ({ labels, value: Math.max(...pools.map(({ longestQueuedMs }) => longestQueuedMs)) / 1_000 })),
    ),
  ];
}
