import { setImmediate as turn } from 'node:timers/promises';
import { type AdapterSession, createSessionPair, type RequestHandler, type ResponseStream } from '@baton/channel';
import { BatonError } from '@baton/core';

/** Where the requests go, and who hears of them. */
export interface PreloadParts {
  handle(stream: ResponseStream): RequestHandler;
  /** False: no further one is sent. */
  isWanted(): boolean;
  /** Before each request. */
  onPath(path: string): void;
}

/** What one app shall have answered. */
export interface Preload {
  readonly appKey: string;
  readonly preload: readonly string[];
}

/**
 * Has each app answer a GET of its URLs, one after the other, on a session that never leaves this process. Any answer counts except a 5xx or one that
 * breaks off: then PRELOAD_FAILED. How long the app may take is the host's business.
 */
export async function preload(apps: readonly Preload[], parts: PreloadParts): Promise<void> {
  // The app may still be in the turn in which it called listen().
  await turn();
  const pair = await createSessionPair({ worker: { onRequest: (stream) => parts.handle(stream) } });
  try {
    for (const app of apps) {
      for (const url of app.preload) {
        if (!parts.isWanted()) return;
        await request(pair.adapter, app.appKey, new URL(url), parts.onPath);
      }
    }
  } finally {
    pair.close();
  }
}

function request(session: AdapterSession, appKey: string, url: URL, onPath: (path: string) => void): Promise<void> {
  const { host, port, pathname, search } = url;
  const path = pathname + search;
  onPath(path);
  const headers = ['host', host, 'user-agent', 'baton-preload', 'accept', '*/*'];
  const ends = { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: Number(port || 80) };
  const facts = { protocol: 'http', appKey, method: 'GET', url: path, httpVersion: '1.1' } as const;
  const head = { ...facts, headers, encrypted: false, deadlineMs: 0, ...ends };
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new BatonError('PRELOAD_FAILED', `the app ${what} GET ${path} of its preload`));
    const stream = session.open(head, true, {
      onInterim() {},
      onHead({ status }) {
        if (status >= 500) fail(`answered ${status} to`);
      },
      onData: (chunk) => stream.consumed(chunk.length),
      onEnd: () => resolve(),
      onReset: (cause, text) => fail(`broke off (${text || cause}) its answer to`),
      onCredit() {},
    });
  });
}
