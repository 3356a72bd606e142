import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatonError, type Part } from '@baton/core';
import type { Host } from './host.ts';
import { WORKER_STATES } from './slots/record.ts';

/** An open probe port. */
export interface Probes extends Part {
  readonly port: number;
}

/** Serves /livez, /readyz and /metrics of a host; closed last, so that a drain can be watched. */
export async function openProbes(host: Host, options: { host: string; port: number; id: string }): Promise<Probes> {
  const server = createServer((request, response) => {
    const { status, type, body } = answer(host, options.id, request.url ?? '/');
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  });
  await listen(server, options.host, options.port);
  return {
    name: 'probes',
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(host: Host, id: string, url: string): { status: number; type: string; body: string } {
  const type = 'text/plain; charset=utf-8';
  switch (url.split('?')[0]) {
    case '/livez':
      return { status: 200, type, body: 'ok\n' };
    case '/readyz':
      return host.isReady()
        ? { status: 200, type, body: 'ok\n' }
        : { status: 503, type, body: `${host.isAttached() ? 'no orders' : 'not attached to WAS'}\n` };
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: metrics(host, id) };
    default:
      return { status: 404, type, body: 'there are /livez, /readyz and /metrics\n' };
  }
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

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EADDRINUSE' ? 'PORT_TAKEN' : error.code === 'EACCES' ? 'PORT_DENIED' : 'INTERNAL';
      reject(new BatonError(code, `the probe port ${host}:${port} cannot be opened: ${error.message}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}
