import { createSessionPair, type RequestHead } from '@baton/channel';
import { AppServer } from '../http/app-server.ts';
import { http } from '../http/node-http.ts';
import type { HttpServer } from '../http/node-internals.ts';

const ROUNDS = 30;

const HEAD: RequestHead = {
  protocol: 'http',
  appKey: '',
  method: 'GET',
  url: '/',
  httpVersion: '1.1',
  headers: ['Host', 'localhost', 'User-Agent', 'rehearsal', 'Accept', '*/*'],
  remoteAddress: '127.0.0.1',
  remotePort: 1,
  localAddress: '127.0.0.1',
  localPort: 1,
  encrypted: false,
  deadlineMs: 0,
};

/** Answers requests of a session that never leaves this process. */
export async function rehearseRequests(): Promise<void> {
  const app = new AppServer({ busy() {}, calm() {} });
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/plain');
    response.end(request.headers.host);
  });
  app.attach(server as HttpServer);
  const pair = await createSessionPair({ worker: { onRequest: (stream) => app.handle(stream) } });
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await new Promise<void>((resolve) => {
        pair.adapter.open(HEAD, true, {
          onInterim() {},
          onHead() {},
          onData() {},
          onEnd: () => resolve(),
          onReset: () => resolve(),
          onCredit() {},
        });
      });
    }
  } finally {
    pair.close();
  }
}
