import type { Callback } from '@baton/adapter-kit';
import { applicationCreated, poolCreated, ScriptedWas } from '@baton/adapter-kit/testing';
import { type AdapterService, openService } from '../service.ts';
import { RawClient } from './raw-client.ts';

/** An adapter as it runs, with its link to a WAS that says what a test says, and clients of it. */
export interface Stage extends AsyncDisposable {
  readonly was: ScriptedWas;
  readonly service: AdapterService;
  /** A client that has sent GET of that path. */
  get(path?: string): Promise<RawClient>;
  /** Who is eligible for slot shop/1. */
  eligible(): string | undefined;
}

export interface StageOptions {
  /** @default pool and application "shop" on a free port */
  readonly configuration?: readonly Callback[];
  /** @default true */
  readonly answersRegister?: boolean;
  /** Called before the adapter is opened. */
  readonly before?: (was: ScriptedWas) => void;
}

export const SHOP: readonly [Callback, Callback] = [poolCreated('shop'), applicationCreated('shop', 'shop', ['http://*:0/'])];

/** Opens one; it has its configuration when WAS answers Register. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const was = await ScriptedWas.start();
  was.configuration = [...(options.configuration ?? SHOP)];
  was.answersRegister = options.answersRegister ?? true;
  options.before?.(was);
  const ports = { grpcPort: 0, lanePort: 0, probePort: 0, probeHost: '127.0.0.1' };
  const facts = { id: 'a1', was: [was.address], advertise: '127.0.0.1', secret: 's3cret' };
  const service = await openService(
    { ...facts, ...ports, reusePort: false, accessLog: 'off', protocols: ['http'], channelPer: 'pool', redisUrl: '', drainLimitMs: 1_000 },
    { info() {}, warn() {} },
  );
  if (was.answersRegister) await service.was.initialized();
  const clients: RawClient[] = [];
  return {
    was,
    service,
    get: async (path) => {
      const client = await RawClient.connect(service.adapter.httpPort(0));
      clients.push(client);
      return client.get(path);
    },
    eligible: () => service.adapter.pools.get('shop')?.place.slots.get('shop/1')?.eligible?.workerId,
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.socket.destroy();
      was.down();
      await service.stop();
      await service.probes.close(AbortSignal.timeout(1_000));
    },
  };
}
