import { type AdapterSession, createSessionPair, type RequestHead } from '@baton/channel';
import { AppServer } from '../http/app-server.ts';
import { http } from '../http/node-http.ts';
import type { HttpServer } from '../http/node-internals.ts';
import { Services } from '../service/services.ts';
import { Tally } from '../service/tally.ts';

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

/** How much is rehearsed. */
export interface Rehearsal {
  /** Rounds of `width` requests at once. */
  readonly rounds: number;
  readonly width: number;
  /** No further round begins after it, ms. */
  readonly limitMs: number;
}

/** A spare: the code is loaded and has run. */
const ONCE: Rehearsal = { rounds: 30, width: 1, limitMs: 1_000 };

/** A replacement: what each request runs is compiled and optimized (docs/adr/0009). 150 ms of CPU. */
export const UNTIL_OPTIMIZED: Rehearsal = { rounds: 200, width: 16, limitMs: 400 };

/** Answers requests of a session that never leaves this process, on a server of its own: no app hears of them. */
export async function rehearseRequests({ rounds, width, limitMs }: Rehearsal = ONCE): Promise<void> {
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/plain');
    response.end(request.headers.host);
  });
  const services = new Services();
  services.open(HEAD.appKey);
  services.set(HEAD.appKey, HEAD.protocol, new AppServer(server as HttpServer, new Tally({ busy() {}, calm() {} })));
  const pair = await createSessionPair({ worker: { onRequest: (stream) => services.handle(stream) } });
  const endsAtMs = performance.now() + limitMs;
  try {
    for (let round = 0; round < rounds && performance.now() < endsAtMs; round++) {
      await Promise.all(Array.from({ length: width }, () => ask(pair.adapter)));
    }
  } finally {
    pair.close();
  }
}

function ask(session: AdapterSession): Promise<void> {
  return new Promise((resolve) => {
    session.open(HEAD, true, {
      onInterim() {},
      onHead() {},
      onData() {},
      onEnd: () => resolve(),
      onReset: () => resolve(),
      onCredit() {},
    });
  });
}
