import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import {
  type ChannelLimits,
  createSessionPair,
  type RequestHead,
  type RequestStream,
  type ResponseHead,
  type SessionPair,
} from '@baton/channel';
import { defer } from '@baton/core';
import type { Pipeline } from '@baton/sdk/host';
import { HostedApp } from '../app/hosted-app.ts';
import type { HttpServer } from '../http/node-internals.ts';
import { ListenCapture } from '../listen/capture-listen.ts';
import { AppDelivery } from '../model/app-delivery.ts';
import type { Model } from '../model/model.ts';
import { Services } from '../service/services.ts';
import { Tally } from '../service/tally.ts';

/** What came back on one stream. */
export interface Answer {
  readonly interim: ResponseHead[];
  head: ResponseHead | undefined;
  body: Buffer;
  trailers: readonly string[] | undefined;
  /** "CAUSE: text" when it was given up. */
  reset: string | undefined;
}

/** A request under way. */
export interface Asked {
  readonly stream: RequestStream;
  readonly answer: Answer;
  /** The response or its reset. */
  readonly done: Promise<Answer>;
  /** Why the worker takes nothing more, when it said so behind its answer. */
  readonly discarded: string | undefined;
  /** Gives credit for body bytes back; with `isStalling` nothing is given back before. */
  take(): void;
}

export interface Ask extends Partial<RequestHead> {
  readonly body?: string | Buffer;
  /** The body is sent by the caller. */
  readonly isOpen?: boolean;
  /** The client does not read. */
  readonly isStalling?: boolean;
}

/** An app's server behind both ends of a real session, in this process. */
export interface Served extends Disposable {
  readonly pair: SessionPair;
  readonly services: Services;
  readonly tally: Tally;
  readonly activity: string[];
  ask(ask?: Ask): Asked;
}

const HEAD: RequestHead = {
  protocol: 'http',
  appKey: 'app',
  method: 'GET',
  url: '/',
  httpVersion: '1.1',
  headers: ['Host', 'app.test'],
  remoteAddress: '10.0.0.7',
  remotePort: 50_000,
  localAddress: '10.0.0.1',
  localPort: 8080,
  encrypted: false,
  deadlineMs: 0,
};

/** Lets `server` listen on port 8080 of a binding and gives it what `ask` sends, through `pipeline`; `closing` is what its close meets. */
export async function serve(
  server: Server,
  limits: Partial<ChannelLimits> = {},
  closing = { isHeld: false, serves: false },
  pipeline?: Pipeline,
): Promise<Served> {
  const activity: string[] = [];
  const tally = new Tally({ busy: () => activity.push('busy'), calm: () => activity.push('calm') });
  const services = new Services();
  const bound = defer();
  const assigned = {
    appKey: HEAD.appKey,
    entry: '',
    ports: [8080],
    tcpPorts: [],
    queues: [],
    otherBindings: [],
    preload: [],
    modules: pipeline ? ['tested'] : [],
  };
  const deliveryTo = (server: HttpServer) => pipeline && new AppDelivery(server, pipeline);
  const model = { get: () => ({ of: () => ({ deliveryTo, start() {} }) }) as unknown as Model };
  const app = new HostedApp(assigned, { services, tally, onReady: bound.resolve, onClosed: () => closing, onFailed: assert.fail, model });
  const capture = new ListenCapture({ apps: [app], current: () => app, onExtra: () => {} });
  using _installed = capture.install();
  server.listen(8080);
  await bound.promise;
  const pair = await createSessionPair({ worker: { onRequest: (stream) => services.handle(stream) }, limits });
  return { pair, services, tally, activity, ask: (ask = {}) => send(pair, ask), [Symbol.dispose]: () => pair.close() };
}

function send(pair: SessionPair, { body, isOpen = false, isStalling = false, ...head }: Ask): Asked {
  const { promise, resolve } = defer<Answer>();
  const answer: Answer = { interim: [], head: undefined, body: Buffer.alloc(0), trailers: undefined, reset: undefined };
  let held = 0;
  let discarded: string | undefined;
  const stream = pair.adapter.open({ ...HEAD, ...head }, body === undefined && !isOpen, {
    onInterim: (interim) => answer.interim.push(interim),
    onHead: (found) => {
      answer.head = found;
    },
    onData: (chunk) => {
      answer.body = Buffer.concat([answer.body, chunk]);
      if (isStalling) held += chunk.length;
      else stream.consumed(chunk.length);
    },
    onEnd: (trailers) => {
      answer.trailers = trailers;
      resolve(answer);
    },
    onReset: (cause, text) => {
      answer.reset = `${cause}: ${text}`;
      resolve(answer);
    },
    onCredit: () => {},
    onDiscard: (cause) => {
      discarded = cause;
    },
  });
  if (body !== undefined) {
    stream.write(Buffer.from(body as string));
    stream.end();
  }
  const take = (): void => {
    const bytes = held;
    held = 0;
    stream.consumed(bytes);
  };
  return {
    stream,
    answer,
    done: promise,
    take,
    get discarded() {
      return discarded;
    },
  };
}
