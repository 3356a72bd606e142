import { defer } from '@baton/core';
import type { RequestHandler, RequestHead, ResponseHandler, ResponseHead, ResponseStream, Timings } from '../types.ts';

/** Helpers of this package's own tests. */

export function requestHead(given: Partial<RequestHead> = {}): RequestHead {
  return {
    protocol: 'http',
    appKey: 'shop',
    method: 'GET',
    url: '/',
    httpVersion: '1.1',
    headers: ['Host', 'shop.example'],
    remoteAddress: '192.0.2.1',
    remotePort: 50_000,
    localAddress: '127.0.0.1',
    localPort: 8080,
    encrypted: false,
    deadlineMs: 0,
    ...given,
  };
}

/** A worker that sends the body back as it comes, with backpressure, and the trailers at the end. */
export function echo(stream: ResponseStream): RequestHandler {
  stream.sendHead({
    status: 200,
    reason: 'OK',
    headers: `X-Method: ${stream.head.method}\r\nX-Url: ${stream.head.url}\r\n`,
    framing: 'chunked',
    close: false,
  });
  let owed = 0;
  if (stream.bodyless) stream.end();
  return {
    onData: (chunk) => {
      if (stream.write(chunk)) stream.consumed(chunk.length);
      else owed += chunk.length;
    },
    onEnd: (trailers) => stream.end(trailers),
    onReset: () => {},
    onCredit: () => {
      stream.consumed(owed);
      owed = 0;
    },
  };
}

export interface Answer {
  readonly head: ResponseHead;
  readonly body: Buffer;
  readonly trailers: readonly string[] | undefined;
  readonly timings: Timings | undefined;
}

/** A handler that gathers an answer; `give` returns consumed bytes (by default at once). `done` rejects with the reset. */
export function collectAnswer(give?: (bytes: number) => void): {
  handler: ResponseHandler;
  done: Promise<Answer>;
  interims: ResponseHead[];
} {
  const { promise, resolve, reject } = defer<Answer>();
  const chunks: Buffer[] = [];
  const interims: ResponseHead[] = [];
  let head: ResponseHead | undefined;
  return {
    done: promise,
    interims,
    handler: {
      onInterim: (interim) => void interims.push(interim),
      onHead: (final) => {
        head = final;
      },
      onData: (chunk) => {
        chunks.push(chunk);
        give?.(chunk.length);
      },
      onEnd: (trailers, timings) => resolve({ head: head!, body: Buffer.concat(chunks), trailers, timings }),
      onReset: (cause, text) => reject(new Error(`${cause}: ${text}`)),
      onCredit: () => {},
    },
  };
}
