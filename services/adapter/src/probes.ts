import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatonError, type Part } from '@baton/core';
import type { Adapter } from './adapter.ts';
import { metricsText } from './metrics.ts';
import type { WasClient } from './was/was-client.ts';

/** An open probe port. */
export interface Probes extends Part {
  readonly port: number;
}

/** Serves /livez, /readyz and /metrics of an adapter; closed last, so that a drain can be watched. */
export async function openProbes(adapter: Adapter, was: WasClient, options: { host: string; port: number }): Promise<Probes> {
  const server = createServer((request, response) => {
    const { status, type, body } = answer(adapter, was, request.url ?? '/');
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

function answer(adapter: Adapter, was: WasClient, url: string): { status: number; type: string; body: string } {
  const type = 'text/plain; charset=utf-8';
  switch (url.split('?')[0]) {
    case '/livez':
      return { status: 200, type, body: 'ok\n' };
    case '/readyz': {
      // An adapter that has its routes is ready while WAS is away: it serves.
      const reason = adapter.isDraining ? 'draining' : was.isInitialized ? undefined : 'waiting for WAS';
      return reason === undefined ? { status: 200, type, body: 'ok\n' } : { status: 503, type, body: `${reason}\n` };
    }
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: metricsText(adapter, was) };
    default:
      return { status: 404, type, body: 'there are /livez, /readyz and /metrics\n' };
  }
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
