import {
  DEFAULT_LIMITS,
  type GivenApplication,
  type Limits,
  ListenerAdapter,
  openHub,
  type Pool,
  type PoolSettings,
} from '@baton/adapter-kit';
import { FakeSession } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { LineFile } from '../log/access-log.ts';
import { TcpListener, type TcpListenerOptions } from '../tcp/tcp-listener.ts';
import { TcpClient } from './tcp-client.ts';

/** How long a test waits for what must come, ms. */
export const PATIENCE_MS = 10_000;

/** The head that accepts a TCP connection. */
export const OK = [200, [], 'close'] as const;

/** Waits until a condition holds. */
export const comes = (condition: () => unknown, what: string): Promise<unknown> => until(() => Boolean(condition()), PATIENCE_MS, what, 2);

export interface TcpHarnessOptions {
  readonly listener?: Partial<TcpListenerOptions>;
  readonly accessLog?: string;
  readonly pool?: Partial<PoolSettings>;
  readonly application?: Partial<GivenApplication>;
  readonly limits?: Partial<Limits>;
  /** Nobody is eligible yet. @default false */
  readonly isCold?: boolean;
}

/** A TCP listener on a free port with one application, and a fake worker for it. */
export interface TcpHarness extends AsyncDisposable {
  readonly adapter: ListenerAdapter;
  readonly listener: TcpListener;
  readonly accessLog: LineFile | undefined;
  readonly pool: Pool;
  readonly worker: FakeSession;
  readonly port: number;
  /** Replaces the application. */
  change(more: Partial<GivenApplication>): Promise<void>;
  client(): Promise<TcpClient>;
}

export async function startTcp(options: TcpHarnessOptions = {}): Promise<TcpHarness> {
  const hub = await openHub({ id: 'a1', lanePort: 'off' });
  const accessLog = options.accessLog === undefined ? undefined : new LineFile(options.accessLog);
  const openTls = (): never => {
    throw new Error('no certificates here');
  };
  const listener = new TcpListener({ openTls, reusePort: false, accessLog, log: undefined, ...options.listener });
  const adapter = new ListenerAdapter({ hub, protocol: 'tcp', listener });
  const pool = adapter.addPool('shop', options.pool);
  const application = {
    ...{ appKey: 'shop', pool: 'shop', bindings: ['tcp://*:0'] },
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    ...options.application,
  };
  adapter.addApplication(application);
  await listener.listen();
  const worker = new FakeSession();
  if (!options.isCold) pool.place.connected(worker);
  const clients: TcpClient[] = [];
  const port = listener.ports.portOf(0);
  return {
    adapter,
    listener,
    accessLog,
    pool,
    worker,
    port,
    change: (more) => {
      adapter.addApplication({ ...application, ...more });
      return listener.listen();
    },
    client: async () => {
      const client = await TcpClient.connect(port);
      clients.push(client);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.socket.destroy();
      adapter.close();
      listener.close();
      hub.close();
      await accessLog?.close();
    },
  };
}
