import { BatonError } from '@baton/core';
import type { Redis } from 'ioredis';
import { type ClusterKeys, channelRef, clusterKeys } from './keys.ts';
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
import { fencedScript, plainScript, runScript, type Script } from './scripts.ts';

const SCRIPTS = {
  renewLease: fencedScript('renew-lease'),
  releaseLease: fencedScript('release-lease'),
  allocateWorker: fencedScript('allocate-worker'),
  saveWorker: fencedScript('save-worker'),
  forgetWorker: fencedScript('forget-worker'),
  setServing: fencedScript('set-serving'),
  beginChange: fencedScript('begin-change'),
  beginRecycle: fencedScript('begin-recycle'),
  commitChange: fencedScript('commit-change'),
  endChange: fencedScript('end-change'),
  saveChannel: fencedScript('save-channel'),
  detachChannel: fencedScript('detach-channel'),
  removeChannel: fencedScript('remove-channel'),
  savePool: fencedScript('save-pool'),
  forgetPool: fencedScript('forget-pool'),
  saveConfig: fencedScript('save-config'),
  nextOrder: fencedScript('next-order'),
  appendEvent: fencedScript('append-event'),
  saveReceipt: fencedScript('save-receipt'),
  saveRollout: fencedScript('save-rollout'),
  saveKeys: fencedScript('save-keys'),
  proveEpoch: fencedScript('prove-epoch'),
};
const RAISE_EPOCH = plainScript('raise-epoch');

/** Largest blob of a channel, bytes. */
export const BLOB_LIMIT_BYTES = 65_536;
/** How long the blob of a detached channel is kept, ms. */
export const BLOB_KEEP_MS = 24 * 3_600_000;
/** Events kept. */
export const EVENTS_KEPT = 10_000;
/** Receipts of recycles kept, and for how long. */
export const RECEIPTS_KEPT = 1_000;
export const RECEIPT_KEEP_MS = 7 * 24 * 3_600_000;

/**
 * The leader's writes: one Lua file each, refused with STALE_EPOCH once another leader has taken over, and with STATE_LOST when
 * Redis no longer holds an epoch. Each may be sent twice without harm, because a command whose reply was lost is sent again.
 */
export class LeaderStore {
  private readonly redis: Redis;
  private readonly keys: ClusterKeys;
  private current: number;

  constructor(redis: Redis, clusterId: string, epoch: number) {
    this.redis = redis;
    this.keys = clusterKeys(clusterId);
    this.current = epoch;
  }

  /** The epoch under which this leader writes. */
  get epoch(): number {
    return this.current;
  }

  /** Gives Redis the text of every script, so that none of them travels with the first activation. */
  async prepare(): Promise<void> {
    await Promise.all(Object.values(SCRIPTS).map(({ text }) => this.redis.script('LOAD', text)));
  }

  /** Lifts the epoch above `reported`; also after STATE_LOST. */
  async raiseEpoch(reported: number): Promise<number> {
    this.current = Number(await runScript(this.redis, RAISE_EPOCH, [this.keys.epoch], [this.current, reported]));
    return this.current;
  }

  async renewLease(holder: string, leaseMs: number): Promise<void> {
    await this.run(SCRIPTS.renewLease, [this.keys.lease], [holder, leaseMs]);
  }

  async releaseLease(holder: string): Promise<void> {
    await this.run(SCRIPTS.releaseLease, [this.keys.lease], [holder]);
  }

  /** Saves a worker that was decided and returns it with its generation: 1 + max(Redis, `reported`). `number`: that of its id. */
  async allocateWorker(worker: Omit<StoredWorker, 'generation'>, reported: number, isServing: boolean, number = 0): Promise<StoredWorker> {
    const keys = [this.keys.generations, this.keys.workers, this.keys.serving, this.keys.workerNumber];
    const args = [worker.slot, worker.id, JSON.stringify(worker), reported, isServing ? '1' : '0', number];
    return { ...worker, generation: Number(await this.run(SCRIPTS.allocateWorker, keys, args)) };
  }

  async saveWorker(worker: StoredWorker): Promise<void> {
    const args = [worker.id, JSON.stringify(worker), worker.slot, worker.generation];
    await this.run(SCRIPTS.saveWorker, [this.keys.workers, this.keys.generations], args);
  }

  async forgetWorker(workerId: string): Promise<void> {
    await this.run(SCRIPTS.forgetWorker, [this.keys.workers], [workerId]);
  }

  /** '' = nobody. */
  async setServing(slot: string, workerId: string): Promise<void> {
    await this.run(SCRIPTS.setServing, [this.keys.serving], [slot, workerId]);
  }

  /** Returns the id of the change that runs already, or '' when this one begins. */
  async beginChange(change: StoredChange): Promise<string> {
    return String(await this.run(SCRIPTS.beginChange, [this.keys.changes], [change.slot, change.id, JSON.stringify(change)]));
  }

  /**
   * Begins a recycle and allocates its replacement, `change.to`, in one step. Returns the id of the change that runs already, and nothing was
   * allocated; or the replacement with its generation: 1 + max(Redis, `reported`).
   */
  async beginRecycle(
    change: StoredChange,
    replacement: Omit<StoredWorker, 'generation'>,
    reported: number,
    number: number,
  ): Promise<
    { readonly running: string; readonly replacement?: undefined } | { readonly running?: undefined; readonly replacement: StoredWorker }
  > {
    const keys = [this.keys.changes, this.keys.generations, this.keys.workers, this.keys.workerNumber];
    const args = [change.slot, change.id, JSON.stringify(change), replacement.id, JSON.stringify(replacement), reported, number];
    const [running, generation] = (await this.run(SCRIPTS.beginRecycle, keys, args)) as [string, number];
    return running === '' ? { replacement: { ...replacement, generation: Number(generation) } } : { running };
  }

  /** Writes the commit; from then on `change.to` serves. False: this change does not run any more. */
  async commitChange(change: StoredChange): Promise<boolean> {
    const args = [change.slot, change.id, JSON.stringify(change), change.to];
    return (await this.run(SCRIPTS.commitChange, [this.keys.changes, this.keys.serving], args)) === 1;
  }

  /** Of a recycle: also saves its receipt, which has its result and waits for the last reports. */
  async endChange(change: StoredChange, receipt?: StoredReceipt): Promise<void> {
    const keys = [this.keys.changes, this.keys.receipts, this.keys.receiptTimes, this.keys.receiptsRunning];
    const args = [change.slot, change.id, receipt ? JSON.stringify(receipt) : '', receipt?.startedAtMs ?? 0];
    await this.run(SCRIPTS.endChange, keys, args);
  }

  async saveChannel(channel: StoredChannel, blob: Buffer): Promise<void> {
    if (blob.length > BLOB_LIMIT_BYTES) {
      throw new BatonError('INVALID_ARGUMENT', `a blob has at most ${BLOB_LIMIT_BYTES} bytes, got ${blob.length}`);
    }
    const { adapterId, channelId } = channel;
    const keys = [this.keys.channels, this.keys.channel(adapterId, channelId)];
    await this.run(SCRIPTS.saveChannel, keys, [channelRef(adapterId, channelId), JSON.stringify(channel), blob]);
  }

  async detachChannel(adapterId: string, channelId: number, keepMs = BLOB_KEEP_MS): Promise<void> {
    await this.run(SCRIPTS.detachChannel, [this.keys.channel(adapterId, channelId)], [keepMs]);
  }

  async removeChannel(adapterId: string, channelId: number): Promise<void> {
    await this.run(
      SCRIPTS.removeChannel,
      [this.keys.channels, this.keys.channel(adapterId, channelId)],
      [channelRef(adapterId, channelId)],
    );
  }

  async savePool(name: string, pool: StoredPool): Promise<void> {
    await this.run(SCRIPTS.savePool, [this.keys.pools], [name, JSON.stringify(pool)]);
  }

  async forgetPool(name: string): Promise<void> {
    await this.run(SCRIPTS.forgetPool, [this.keys.pools], [name]);
  }

  async saveConfig({ yaml, file, appliedAtMs }: StoredConfig): Promise<void> {
    await this.run(SCRIPTS.saveConfig, [this.keys.config], [yaml, file, appliedAtMs]);
  }

  async saveKeys(keys: readonly StoredKey[]): Promise<void> {
    await this.run(SCRIPTS.saveKeys, [this.keys.identityKeys], [JSON.stringify(keys)]);
  }

  /** The next order number of a slot. */
  async nextOrder(slot: string): Promise<number> {
    return Number(await this.run(SCRIPTS.nextOrder, [this.keys.orders], [slot]));
  }

  /** Returns the event with the id the stream gave it. `mark`: no other event has it, so that this one sent again is not doubled. */
  async appendEvent(event: StoredEvent, mark: string): Promise<StoredEvent> {
    const args = [EVENTS_KEPT, JSON.stringify(event), mark];
    return { ...event, id: String(await this.run(SCRIPTS.appendEvent, [this.keys.events], args)) };
  }

  /** Keeps a receipt, and no more of them than RECEIPTS_KEPT nor older than RECEIPT_KEEP_MS at `now`. */
  async saveReceipt(receipt: StoredReceipt, now: number): Promise<void> {
    const keys = [this.keys.receipts, this.keys.receiptTimes, this.keys.receiptsRunning];
    const isRunning = receipt.outcome === 'running' ? '1' : '0';
    const args = [receipt.id, JSON.stringify(receipt), receipt.startedAtMs, isRunning, RECEIPTS_KEPT, now - RECEIPT_KEEP_MS];
    await this.run(SCRIPTS.saveReceipt, keys, args);
  }

  async saveRollout(rollout: StoredRollout): Promise<void> {
    await this.run(SCRIPTS.saveRollout, [this.keys.rollouts], [rollout.pool, JSON.stringify(rollout)]);
  }

  async forgetRollout(pool: string): Promise<void> {
    await this.run(SCRIPTS.saveRollout, [this.keys.rollouts], [pool, '']);
  }

  /** Changes nothing: STALE_EPOCH when another leader has taken over. */
  async proveEpoch(): Promise<void> {
    await this.run(SCRIPTS.proveEpoch, [], []);
  }

  private run(script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return runScript(this.redis, script, [this.keys.epoch, ...keys], [this.current, ...args]);
  }
}
