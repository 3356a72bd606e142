import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatonError } from '../errors/baton-error.ts';
import type { Part } from './run.ts';

/** What the probes of a service tell. */
export interface ProbeAnswers {
  /** Why it is not ready, one short line; undefined when it is. */
  notReadyReason(): string | undefined;
  /** Prometheus text. */
  metrics(): string;
}

/** An open probe port. */
export interface Probes extends Part {
  readonly port: number;
}

/** Serves /livez, /readyz and /metrics without a token; closed last, so that a drain can be watched. Throws PORT_TAKEN, PORT_DENIED. */
export async function openProbePort(answers: ProbeAnswers, options: { host: string; port: number }): Promise<Probes> {
  // Loaded with the first probe port: worker processes read this file too, and have none.
  const { createServer } = process.getBuiltinModule('node:http');
  const server = createServer((request, response) => {
    const { status, type, body } = answer(answers, request.url ?? '/');
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

function answer(answers: ProbeAnswers, url: string): { status: number; type: string; body: string } {
  const type = 'text/plain; charset=utf-8';
  switch (url.split('?')[0]) {
    case '/livez':
      return { status: 200, type, body: 'ok\n' };
    case '/readyz': {
      const reason = answers.notReadyReason();
      return reason === undefined ? { status: 200, type, body: 'ok\n' } : { status: 503, type, body: `${reason}\n` };
    }
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: answers.metrics() };
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
