import type { Redis } from 'ioredis';
import { type ClusterKeys, clusterKeys } from './keys.ts';
import type {
  StoredChange,
  StoredChannel,
  StoredConfig,
  StoredEvent,
  StoredKey,
  StoredPool,
  StoredReceipt,
  StoredRollout,
  StoredWorker,
} from './records.ts';
import { plainScript, runScript } from './scripts.ts';

const TAKE_EPOCH = plainScript('take-epoch');
/** Receipts read at a time. */
const PAGE = 200;

/** Everything a new leader reads before it decides anything. */
export interface Snapshot {
  readonly config: StoredConfig | undefined;
  readonly pools: ReadonlyMap<string, StoredPool>;
  readonly serving: ReadonlyMap<string, string>;
  readonly changes: ReadonlyMap<string, StoredChange>;
  readonly workers: readonly StoredWorker[];
  /** The highest number a worker id was given. */
  readonly workerNumber: number;
  /** Of recycles that have not ended. */
  readonly receipts: readonly StoredReceipt[];
  /** Keys that check worker identities. */
  readonly keys: readonly StoredKey[];
  readonly channels: readonly { readonly facts: StoredChannel; readonly blob: Buffer }[];
}

/** Taken: `epoch`; else who leads and for how long at least. */
export type EpochAnswer =
  | { readonly isTaken: true; readonly epoch: number }
  | { readonly isTaken: false; readonly holder: string; readonly leftMs: number };

/** What anybody may ask of a cluster's Redis. Writing is the leader's: see LeaderStore. */
export class Store {
  readonly keys: ClusterKeys;
  private readonly redis: Redis;

  constructor(redis: Redis, clusterId: string) {
    this.redis = redis;
    this.keys = clusterKeys(clusterId);
  }

  /** The leader's fencing number; 0 when nobody ever led. */
  async epoch(): Promise<number> {
    return Number((await this.redis.get(this.keys.epoch)) ?? 0);
  }

  /** Takes the lead with 1 + max(Redis, `reported`) if the lease is free or is `holder`'s own. */
  async takeEpoch(holder: string, leaseMs: number, reported = 0): Promise<EpochAnswer> {
    const answer = await runScript(this.redis, TAKE_EPOCH, [this.keys.epoch, this.keys.lease], [holder, leaseMs, reported]);
    const [epoch, other, leftMs] = answer as [number, string, number];
    return epoch > 0 ? { isTaken: true, epoch } : { isTaken: false, holder: other, leftMs };
  }

  /** Reads the whole state. Channels whose blob has expired are left out. */
  async load(): Promise<Snapshot> {
    const [config, pools, serving, changes, workers, workerNumber, refs, running, keys] = await Promise.all([
      this.redis.hgetall(this.keys.config),
      this.redis.hgetall(this.keys.pools),
      this.redis.hgetall(this.keys.serving),
      this.redis.hgetall(this.keys.changes),
      this.redis.hvals(this.keys.workers),
      this.redis.get(this.keys.workerNumber),
      this.redis.smembers(this.keys.channels),
      this.redis.smembers(this.keys.receiptsRunning),
      this.redis.get(this.keys.identityKeys),
    ]);
    return {
      config:
        config.yaml === undefined ? undefined : { yaml: config.yaml, file: config.file ?? '', appliedAtMs: Number(config.appliedAtMs) },
      pools: parsed<StoredPool>(pools),
      serving: new Map(Object.entries(serving)),
      changes: parsed<StoredChange>(changes),
      workerNumber: Number(workerNumber ?? 0),
      workers: workers.map((text) => JSON.parse(text) as StoredWorker),
      receipts: await this.receiptsOf(running),
      keys: JSON.parse(keys ?? '[]') as StoredKey[],
      channels: (await Promise.all(refs.map((ref) => this.channel(ref)))).filter((channel) => channel !== undefined),
    };
  }

  /** The newest events last, at most `limit`; of one pool when named. */
  async events(limit: number, pool?: string): Promise<StoredEvent[]> {
    const found: StoredEvent[] = [];
    let end = '+';
    while (found.length < limit) {
      const page = await this.redis.xrevrange(this.keys.events, end, '-', 'COUNT', 1_000);
      for (const [id, fields] of page) {
        const event = JSON.parse(fields[1] ?? '{}') as StoredEvent;
        if (found.length < limit && (!pool || event.pool === pool)) found.push({ ...event, id });
      }
      const last = page.at(-1);
      if (!last || page.length < 1_000) break;
      end = `(${last[0]}`;
    }
    return found.reverse();
  }

  /** The receipts of recycles that were asked for last, newest first, at most `limit`; of one pool when named. */
  async receipts(limit: number, pool?: string): Promise<StoredReceipt[]> {
    const found: StoredReceipt[] = [];
    for (let from = 0; found.length < limit; from += PAGE) {
      const ids = await this.redis.zrevrange(this.keys.receiptTimes, from, from + PAGE - 1);
      for (const receipt of await this.receiptsOf(ids)) {
        if (found.length < limit && (!pool || receipt.pool === pool)) found.push(receipt);
      }
      if (ids.length < PAGE) break;
    }
    return found;
  }

  async receipt(id: string): Promise<StoredReceipt | undefined> {
    return (await this.receiptsOf([id]))[0];
  }

  /** Rollouts that are under way or were stopped. */
  async rollouts(): Promise<StoredRollout[]> {
    return (await this.redis.hvals(this.keys.rollouts)).map((text) => JSON.parse(text) as StoredRollout);
  }

  private async receiptsOf(ids: readonly string[]): Promise<StoredReceipt[]> {
    if (ids.length === 0) return [];
    const texts = await this.redis.hmget(this.keys.receipts, ...ids);
    return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as StoredReceipt]));
  }

  private async channel(ref: string): Promise<{ facts: StoredChannel; blob: Buffer } | undefined> {
    const cut = ref.lastIndexOf('/');
    const [facts, blob] = await this.redis.hmgetBuffer(this.keys.channel(ref.slice(0, cut), Number(ref.slice(cut + 1))), 'facts', 'blob');
    return facts && blob ? { facts: JSON.parse(facts.toString()) as StoredChannel, blob } : undefined;
  }
}

function parsed<T>(hash: Record<string, string>): Map<string, T> {
  return new Map(Object.entries(hash).map(([name, text]) => [name, JSON.parse(text) as T]));
}
