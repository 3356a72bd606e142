import { openProbePort, type Probes } from '@baton/core';
import type { Host } from './host.ts';
import { WORKER_STATES } from './slots/record.ts';

/** Opens the probe port of a host. */
export function openProbes(host: Host, options: { host: string; port: number; id: string }): Promise<Probes> {
  const notReadyReason = () => (host.isReady() ? undefined : host.isAttached() ? 'no orders' : 'not attached to WAS');
  return openProbePort({ notReadyReason, metrics: () => metrics(host, options.id) }, options);
}

/** Prometheus text; labels are bounded: host and state. */
function metrics(host: Host, id: string): string {
  const { table } = host;
  const counts = host.counts();
  const live = table.view();
  const label = `host="${id}"`;
  const workers = WORKER_STATES.filter((state) => state !== 'exited').map(
    (state) => `baton_host_workers{${label},state="${state}"} ${live.filter((record) => record.state === state).length}`,
  );
  const one = (name: string, kind: 'counter' | 'gauge', help: string, value: number) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${kind}`,
    `${name}{${label}} ${value}`,
  ];
  const lines = [
    '# HELP baton_host_workers Worker processes of this host by state.',
    '# TYPE baton_host_workers gauge',
    ...workers,
    ...one('baton_host_spares', 'gauge', 'Spare processes that are ready.', host.readySpares()),
    ...one('baton_host_attached', 'gauge', '1 while attached to a WAS leader.', host.isAttached() ? 1 : 0),
    ...one('baton_host_epoch', 'gauge', 'Highest leader epoch seen.', table.highestEpoch),
    ...one('baton_host_orders_entered_total', 'counter', 'Orders entered in the slot table.', counts.ordersEntered),
    ...one('baton_host_orders_refused_total', 'counter', 'Orders refused.', counts.ordersRefused),
    ...one('baton_host_workers_started_total', 'counter', 'Workers started.', counts.workersStarted),
    ...one('baton_host_workers_failed_total', 'counter', 'Workers that ended unasked.', counts.workersFailed),
  ];
  return `${lines.join('\n')}\n`;
}
