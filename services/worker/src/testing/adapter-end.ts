import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { type AdapterSession, ChannelServer, channelServerOptions, createProofKeys, signIdentity, verifyIdentity } from '@baton/channel';
import { defer } from '@baton/core';
import { Server, ServerCredentials } from '@grpc/grpc-js';

/** What WAS signs with, and the key of the worker. */
async function makeKeys() {
  return { ...(await promisify(generateKeyPair)('ed25519')), proof: createProofKeys() };
}

export interface AdapterEndOptions {
  readonly drainsOnLeaving?: boolean;
  readonly resumeLimitMs?: number;
  /** @default 'http' */
  readonly protocol?: string;
  /** The one application the channel is for. */
  readonly appKey?: string;
  /** @default 'a1' */
  readonly adapterId?: string;
  /** Those of another adapter that the same worker connects to. */
  readonly keys?: Awaited<ReturnType<typeof makeKeys>>;
}

/** The adapter's end of one channel on a real socket. */
export async function openAdapter(options: AdapterEndOptions = {}) {
  const { drainsOnLeaving = true, resumeLimitMs = 10_000, protocol = 'http', appKey = '', adapterId = 'a1' } = options;
  const keys = options.keys ?? (await makeKeys());
  const { publicKey, privateKey, proof } = keys;
  const connected = defer<AdapterSession>();
  const left = defer();
  const publicJwk = publicKey.export({ format: 'jwk' });
  const channels = new ChannelServer({
    findChannel: () => ({ secret: 's', poolIdentity: 'shop', pool: 'shop' }),
    limits: { resumeLimitMs },
    verifyToken: (token) => verifyIdentity(publicJwk as Parameters<typeof verifyIdentity>[0], token),
    events: {
      onConnected: connected.resolve,
      onLeaving: (session) => {
        left.resolve();
        if (drainsOnLeaving) session.drain();
      },
      onSuspended() {},
      onResumed() {},
      onClosed() {},
    },
  });
  const server = new Server(channelServerOptions);
  server.addService(channels.service.definition, channels.service.implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const identity = {
    workerId: 'w1',
    poolIdentity: 'shop',
    pool: 'shop',
    slot: 'shop/1',
    generation: 1,
    channels: [`${adapterId}/1`],
    role: 'activation' as const,
  };
  const privateJwk = privateKey.export({ format: 'jwk' }) as Parameters<typeof signIdentity>[0];
  const blob = {
    v: 1,
    adapterId,
    channelId: 1,
    pool: 'shop',
    protocol,
    ...(appKey === '' ? {} : { appKey }),
    endpoints: [`127.0.0.1:${port}`],
    secret: 's',
  };
  return {
    adapterId,
    keys,
    connected: connected.promise,
    /** Every link breaks and none can be made any more. */
    cut: () => server.forceShutdown(),
    /** The worker has said leaving. */
    left: left.promise,
    /** What a start order needs so that worker w1 connects here. */
    startFields: async () => ({
      token: await signIdentity(privateJwk, identity, 60_000, { proofKey: proof.publicKey }),
      proofKey: proof.privateKey,
      channels: [1],
      blob: Buffer.from(JSON.stringify(blob)),
    }),
    async [Symbol.asyncDispose]() {
      channels.close();
      server.forceShutdown();
    },
  };
}

/** One GET over the session; resolves with its body, rejects with the cause of its reset. */
export function get(session: AdapterSession, url: string, appKey = 'shop'): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const where = { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 8080, encrypted: false };
    const head = {
      protocol: 'http',
      appKey,
      method: 'GET',
      url,
      httpVersion: '1.1',
      headers: ['Host', 'localhost'],
      deadlineMs: 0,
      ...where,
    } as const;
    session.open(head, true, {
      onInterim() {},
      onHead() {},
      onData: (chunk) => chunks.push(chunk),
      onEnd: () => resolve(Buffer.concat(chunks).toString()),
      onReset: (cause, text) => reject(new Error(`${cause}: ${text}`)),
      onCredit() {},
    });
  });
}

export interface AskedHead {
  readonly url: string;
  readonly method?: string;
  /** Names and values in turn, behind Host. */
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly appKey?: string;
  /** Aborted: its client leaves. */
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One request over the session; rejects with the cause of its reset. */
export function ask(session: AdapterSession, asked: AskedHead): Promise<Answered> {
  const { url, method = 'GET', headers = [], body, appKey = 'shop', signal } = asked;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const answer = { status: 0, headers: {} as Record<string, string> };
    const where = { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 8080, encrypted: false };
    const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))];
    const facts = { protocol: 'http', appKey, method, url, httpVersion: '1.1', deadlineMs: 0 } as const;
    const stream = session.open({ ...facts, headers: ['Host', 'localhost', ...length, ...headers], ...where }, body === undefined, {
      onInterim() {},
      onHead({ status, headers: lines }) {
        answer.status = status;
        for (const line of lines.split('\r\n')) {
          const colon = line.indexOf(':');
          if (colon > 0) answer.headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
        }
      },
      onData: (chunk) => {
        chunks.push(chunk);
        stream.consumed(chunk.length);
      },
      onEnd: () => resolve({ ...answer, body: Buffer.concat(chunks).toString() }),
      onReset: (cause, text) => reject(new Error(`${cause}: ${text}`)),
      onCredit() {},
    });
    signal?.addEventListener('abort', () => {
      stream.reset('CLIENT_CLOSED');
      reject(signal.reason);
    });
    if (body !== undefined) {
      stream.write(Buffer.from(body));
      stream.end();
    }
  });
}
