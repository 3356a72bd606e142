import { DEFAULT_LIMITS, type GivenApplication, type Limits, type Pool, type PoolSettings } from '@baton/adapter-kit';
import { FakeSession } from '@baton/adapter-kit/testing';
import { type Adapter, createAdapter } from '../adapter.ts';
import type { AdapterOptions } from '../adapter-options.ts';
import { RawClient } from './raw-client.ts';

export interface HarnessOptions {
  readonly adapter?: Partial<AdapterOptions>;
  readonly pool?: Partial<PoolSettings>;
  readonly application?: Partial<GivenApplication>;
  readonly limits?: Partial<Limits>;
  /** Nobody is eligible yet. @default false */
  readonly isCold?: boolean;
}

/** An adapter on a free port with one application, and a fake worker for it. */
export interface Harness extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly pool: Pool;
  readonly worker: FakeSession;
  readonly port: number;
  client(): Promise<RawClient>;
}

export async function startAdapter(options: HarnessOptions = {}): Promise<Harness> {
  const adapter = await createAdapter({ id: 'a1', ...options.adapter });
  const pool = adapter.addPool('shop', options.pool);
  adapter.addApplication({
    appKey: 'shop',
    pool: 'shop',
    bindings: ['http://*:0/'],
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    ...options.application,
  });
  await adapter.listen();
  const worker = new FakeSession();
  if (!options.isCold) pool.place.connected(worker);
  const port = adapter.httpPort(0);
  const clients: RawClient[] = [];
  return {
    adapter,
    pool,
    worker,
    port,
    client: async () => {
      const client = await RawClient.connect(port);
      clients.push(client);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.socket.destroy();
      await adapter.close();
    },
  };
}
