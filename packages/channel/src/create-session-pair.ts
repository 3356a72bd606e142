import { defer } from '@baton/core';
import { ChannelServer } from './channel-server.ts';
import { connectChannel } from './connect-channel.ts';
import { MemoryNetwork } from './link/memory-link.ts';
import type { AdapterSession, AdapterSessionEvents, ChannelLimits, WorkerIdentity, WorkerSession, WorkerSessionEvents } from './types.ts';

export interface SessionPairOptions {
  /** Events of the adapter's end; what is left out does nothing. */
  readonly adapter?: Partial<AdapterSessionEvents>;
  /** Events of the worker's end; `onRequest` is needed. */
  readonly worker: Partial<WorkerSessionEvents> & Pick<WorkerSessionEvents, 'onRequest'>;
  readonly identity?: Partial<WorkerIdentity>;
  readonly limits?: Partial<ChannelLimits>;
  /** Of the channel. @default "http" */
  readonly protocol?: string;
}

/** Both ends of one session in this process. */
export interface SessionPair {
  readonly adapter: AdapterSession;
  readonly worker: WorkerSession;
  readonly server: ChannelServer;
  /** Cuts the link and resumes by itself unless it is stopped. */
  readonly network: MemoryNetwork;
  /** Ends both. */
  close(): void;
}

const IDENTITY: WorkerIdentity = {
  workerId: 'w1',
  poolIdentity: 'test',
  pool: 'test',
  slot: 'test/1',
  generation: 1,
  channels: ['a1/1'],
  role: 'activation',
};

const nothing = (): void => {};

/** Makes both ends of a session without sockets, connected; for tests and benches. Every byte is encoded and decoded as on a real link. */
export async function createSessionPair(options: SessionPairOptions): Promise<SessionPair> {
  const identity = { ...IDENTITY, ...options.identity };
  const limits = options.limits ?? {};
  const network = new MemoryNetwork();
  const connected = defer<AdapterSession>();
  const workerConnected = defer();
  const server = new ChannelServer({
    findChannel: () => ({ secret: 'secret', poolIdentity: identity.poolIdentity, pool: identity.pool }),
    verifyToken: () => Promise.resolve(identity),
    allowsUnproven: true,
    limits,
    events: {
      onLeaving: nothing,
      onSuspended: nothing,
      onResumed: nothing,
      onClosed: nothing,
      ...options.adapter,
      onConnected: (session) => {
        connected.resolve(session);
        options.adapter?.onConnected?.(session);
      },
    },
  });
  network.onDial = (open) => server.accept(open);
  const worker = connectChannel({
    blob: {
      v: 1,
      adapterId: 'a1',
      channelId: 1,
      pool: identity.pool,
      protocol: options.protocol ?? 'http',
      endpoints: ['memory:1'],
      secret: 'secret',
    },
    token: 'token',
    limits,
    dial: network.dial,
    events: {
      onDrain: nothing,
      onResume: nothing,
      onSuspended: nothing,
      onSettled: nothing,
      ...options.worker,
      onClosed: (session, error) => {
        connected.reject(error);
        options.worker.onClosed?.(session, error);
      },
      onConnected: (session) => {
        workerConnected.resolve();
        options.worker.onConnected?.(session);
      },
    },
  });
  const adapter = await connected.promise;
  await workerConnected.promise;
  return {
    adapter,
    worker,
    server,
    network,
    close: () => {
      server.close('the pair was closed');
      worker.close('the pair was closed');
    },
  };
}
