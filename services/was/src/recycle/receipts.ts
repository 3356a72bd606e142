import { BatonError } from '@baton/core';
import type { Store, StoredReceipt } from '@baton/store';
import type { Time } from '../time.ts';

export interface ReceiptsOptions {
  /** Running ones, and the last that ended. */
  readonly known: Map<string, StoredReceipt>;
  readonly time: Time;
  /** Writes to Redis, fenced. */
  readonly save: (receipt: StoredReceipt) => Promise<void>;
  readonly store: Pick<Store, 'receipt' | 'receipts'>;
}

/** Ended receipts kept in memory, for reports and questions that come late. */
const MOST_ENDED = 200;
/** What may be lost with this process is written at most this often, ms. */
const QUIET_MS = 1_000;
/** How long after a refused write the next attempt is made, ms. */
const RETRY_MS = 1_000;

/**
 * The receipts of recycles: in memory while they run, in Redis as they were last known.
 *
 * - Every change is written; while a write is on its way further ones wait and go out as one.
 * - A write that Redis refuses is tried again, until this process leads no more; until then its receipt is kept here, however many have ended.
 */
export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #dirty = new Set<string>();
  readonly #writing = new Map<string, Promise<void>>();
  /** Why the last write of a receipt was refused. */
  readonly #refusals = new Map<string, unknown>();
  /** Ends the waits of refused writes for their next attempt. */
  readonly #retries = new Set<() => void>();
  /** Receipts of which something quiet is not written yet, and what cancels that write. */
  readonly #quiet = new Map<string, () => void>();
  readonly #waiters = new Map<string, Set<(receipt: StoredReceipt) => void>>();
  readonly #followers = new Set<(receipt: StoredReceipt) => void>();
  #isStopped = false;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  get running(): StoredReceipt[] {
    return [...this.#options.known.values()].filter(({ outcome }) => outcome === 'running');
  }

  /** One that runs or has ended a moment ago. */
  get(id: string): StoredReceipt | undefined {
    return this.#options.known.get(id);
  }

  /** Any that is kept. */
  async find(id: string): Promise<StoredReceipt | undefined> {
    return this.get(id) ?? (await this.#options.store.receipt(id));
  }

  /** Newest first; of one pool when named. */
  async list(limit: number, pool?: string): Promise<StoredReceipt[]> {
    const { known, store } = this.#options;
    const saved = await store.receipts(limit, pool);
    const unsaved = [...known.values()].filter(
      (receipt) =>
        (receipt.outcome === 'running' || this.#isUnsaved(receipt.id)) &&
        (!pool || receipt.pool === pool) &&
        !saved.some(({ id }) => id === receipt.id),
    );
    return [...unsaved, ...saved.map((receipt) => known.get(receipt.id) ?? receipt)]
      .sort((a, b) => b.startedAtMs - a.startedAtMs)
      .slice(0, limit);
  }

  /** Puts a receipt that begins, or that another leader left. */
  put(receipt: StoredReceipt): void {
    const { known } = this.#options;
    // What ended last is kept longest.
    if (receipt.outcome !== 'running') known.delete(receipt.id);
    known.set(receipt.id, receipt);
    this.#write(receipt.id);
    if (receipt.outcome === 'running') return;
    const ended = [...known.values()].filter(({ id, outcome }) => outcome !== 'running' && !this.#isUnsaved(id));
    for (const { id } of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) known.delete(id);
  }

  /** Takes the next step of a receipt; one that nobody knows is left alone. */
  change(id: string, step: (receipt: StoredReceipt) => StoredReceipt): void {
    const before = this.get(id);
    const after = before && step(before);
    if (!before || !after || after === before) return;
    this.put(after);
    if (before.outcome !== 'running' || after.outcome === 'running') return;
    for (const tell of [...(this.#waiters.get(id) ?? []), ...this.#followers]) tell(after);
    this.#waiters.delete(id);
  }

  /** As `change`, of what is worth no write of its own: it goes out with the next one, or after a second. */
  changeQuietly(id: string, step: (receipt: StoredReceipt) => StoredReceipt): void {
    const { known, time } = this.#options;
    const before = this.get(id);
    const after = before && step(before);
    if (!after || after === before) return;
    known.set(id, after);
    if (this.#quiet.has(id) || this.#isStopped) return;
    this.#quiet.set(
      id,
      time.after(QUIET_MS, () => {
        this.#quiet.delete(id);
        if (!this.#isStopped) this.#write(id);
      }),
    );
  }

  /** Resolves when what is known now is in Redis; rejects with what refused it when this process will not write it any more. */
  async saved(id: string): Promise<void> {
    while (this.#writing.has(id)) await this.#writing.get(id);
    if (!this.#dirty.has(id)) return;
    const what = `receipt ${id} was not written before this process stopped leading`;
    throw BatonError.from(this.#refusals.get(id) ?? new BatonError('REDIS_UNREACHABLE', what), 'REDIS_UNREACHABLE', what);
  }

  /** Redis is back: what it refused is written at once. */
  retry(): void {
    for (const wake of [...this.#retries]) wake();
  }

  /** This process does not lead any more: what Redis refuses from now on is not tried again. */
  stop(): void {
    this.#isStopped = true;
    this.retry();
  }

  /** Calls for each recycle that ends from now on; the returned function ends it. */
  follow(follower: (receipt: StoredReceipt) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** The receipt when it has ended, or as it is after `limitMs`; undefined: there is none. */
  async whenEnded(id: string, limitMs: number, signal?: AbortSignal): Promise<StoredReceipt | undefined> {
    const receipt = await this.find(id);
    if (receipt?.outcome !== 'running' || limitMs <= 0 || signal?.aborted) return receipt;
    const { time } = this.#options;
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters);
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = time.after(limitMs, resolve);
    signal?.addEventListener('abort', () => resolve(), { once: true });
    const tell = () => resolve();
    waiters.add(tell);
    // It may have ended while it was looked up.
    if ((this.get(id) ?? receipt).outcome !== 'running') resolve();
    await promise;
    cancel();
    waiters.delete(tell);
    if (waiters.size === 0) this.#waiters.delete(id);
    return this.find(id);
  }

  #isUnsaved(id: string): boolean {
    return this.#dirty.has(id) || this.#writing.has(id);
  }

  #write(id: string): void {
    this.#quiet.get(id)?.();
    this.#quiet.delete(id);
    this.#dirty.add(id);
    if (this.#writing.has(id)) return;
    this.#writing.set(
      id,
      this.#writeUntilSaved(id).finally(() => {
        this.#writing.delete(id);
        if (this.#dirty.has(id) && !this.#isStopped) this.#write(id);
      }),
    );
  }

  /** Never rejects; leaves the receipt dirty when this process does not lead any more. */
  async #writeUntilSaved(id: string): Promise<void> {
    const { known, save } = this.#options;
    while (this.#dirty.delete(id)) {
      const receipt = known.get(id);
      if (!receipt) return;
      try {
        await save(receipt);
        this.#refusals.delete(id);
      } catch (error) {
        this.#dirty.add(id);
        this.#refusals.set(id, error);
        if (!this.#isStopped) await this.#nextAttempt();
        if (this.#isStopped) return;
      }
    }
  }

  async #nextAttempt(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.time.after(RETRY_MS, resolve);
    this.#retries.add(resolve);
    await promise;
    cancel();
    this.#retries.delete(resolve);
  }
}
