import { signIdentity, type WorkerIdentity } from '@baton/channel';
import { BatonError } from '@baton/core';
import { create, listener } from '@baton/proto';
import type { SignIdentity } from '../jobs/order-book.ts';
import { LIMITS } from '../limits.ts';
import type { Engine } from '../reconcile/engine.ts';
import { dropExpired, jwkSet, retire, retireAll } from './ring.ts';
import { createSigningKey, type SigningKey } from './signing-key.ts';

export interface KeyRingOptions {
  /** How long a token is good, ms. */
  readonly tokenLifeMs: number;
  /** A key signs for this long, then the next one does, ms. */
  readonly keyLifeMs: number;
}

/** What the ring needs of the leader; it is there before an engine is. */
export type KeyRingParts = Pick<Engine, 'cluster' | 'time' | 'adapters' | 'fenced' | 'events' | 'log' | 'isStopped'>;

const NOBODY: WorkerIdentity = { workerId: '', poolIdentity: '', pool: '', slot: '', generation: 0, channels: [], role: 'activation' };

/**
 * Signs worker identities, and tells adapters with which keys to check them.
 *
 * - Each leader makes keys of its own. What former leaders signed stays good until it expires: their public halves are in Redis.
 * - A new key is published `keyAheadMs` before it signs, so that no worker shows an adapter a token of a key that is not there yet.
 * - Nothing that is connected is dropped: a token is looked at when a worker connects for the first time, and never again.
 */
export class KeyRing {
  readonly #options: KeyRingOptions;
  #current: SigningKey;
  #next: SigningKey | undefined;
  #parts: KeyRingParts | undefined;
  #rotating: Promise<void> | undefined;

  private constructor(options: KeyRingOptions, current: SigningKey) {
    this.#options = options;
    this.#current = current;
  }

  /** Makes the first key of a leader. */
  static async create(options: KeyRingOptions, now: number): Promise<KeyRing> {
    const current = await createSigningKey(now, now);
    // The first signature loads and compiles what the later ones need; no activation should wait for that.
    await signIdentity(current.privateKey, NOBODY, options.tokenLifeMs);
    return new KeyRing(options, current);
  }

  /** Takes over from the leader before: `cluster.keys` are the keys that Redis holds. */
  async open(parts: KeyRingParts): Promise<void> {
    this.#parts = parts;
    const { cluster, time, fenced } = parts;
    const now = time.now();
    const former = dropExpired(retireAll(cluster.keys, now, this.#options.tokenLifeMs), now);
    cluster.keys = [...former.slice(1 - LIMITS.maxKeys), this.#current.facts];
    await fenced((store) => store.saveKeys(cluster.keys));
  }

  /** Id of the key that signs. */
  get signing(): string {
    return this.#current.facts.kid;
  }

  /** Public half of the key that signs, JWK as JSON. */
  get publicJwk(): string {
    return this.#current.facts.publicJwk;
  }

  readonly sign: SignIdentity = ({ record: { id, pool, slot, generation, role } }, poolIdentity, channels, proofKey) => {
    const identity = { workerId: id, poolIdentity, pool, slot, generation, channels, role: role as WorkerIdentity['role'] };
    const { facts, privateKey } = this.#current;
    return signIdentity(privateKey, identity, this.#options.tokenLifeMs, { kid: facts.kid, proofKey });
  };

  /**
   * Makes and publishes the next key; it signs after `keyAheadMs`. One that is under way already is it. Throws ROTATION_REFUSED when too many
   * former keys are still good.
   */
  rotate(cause: string): Promise<void> {
    this.#rotating ??= this.#rotate(cause).finally(() => {
      this.#rotating = undefined;
    });
    return this.#rotating;
  }

  /** Looks whether a key is due, and forgets those whose tokens have expired. */
  check(): void {
    const { cluster, time, log, isStopped } = this.#there();
    if (isStopped) return;
    const now = time.now();
    const isDue = now - this.#current.facts.signsFromMs >= this.#options.keyLifeMs;
    if (isDue && !this.#next) this.rotate('period').catch((error: unknown) => log.warn({ err: error }, 'the key could not be rotated'));
    const good = dropExpired(cluster.keys, now);
    if (good.length === cluster.keys.length) return;
    cluster.keys = good;
    this.#publish();
    this.#save().catch((error: unknown) => log.debug({ err: error }, 'expired keys stay in Redis for now'));
  }

  async #rotate(cause: string): Promise<void> {
    const { cluster, time, fenced, events } = this.#there();
    if (this.#next) return;
    if (cluster.keys.length >= LIMITS.maxKeys) {
      throw new BatonError('ROTATION_REFUSED', `${cluster.keys.length} keys are still good, no more are made until one has expired`);
    }
    const now = time.now();
    const next = await createSigningKey(now, now + LIMITS.keyAheadMs);
    // In Redis first: another leader must know what its adapters were told.
    await fenced((store) => store.saveKeys([...cluster.keys, next.facts]));
    this.#next = next;
    cluster.keys = [...cluster.keys, next.facts];
    this.#publish();
    const message = `key ${next.facts.kid} signs worker identities from now on (${cause}); key ${this.signing} is good until its last token expires`;
    events.tell({ type: 'keys.rotated', message, cause });
    time.after(LIMITS.keyAheadMs, () => this.#promote(next));
  }

  #promote(next: SigningKey): void {
    const { cluster, time, log } = this.#there();
    const former = this.signing;
    this.#current = next;
    this.#next = undefined;
    cluster.keys = cluster.keys.map((key) => (key.kid === former ? retire(key, time.now(), this.#options.tokenLifeMs) : key));
    this.#save().catch((error: unknown) => log.debug({ err: error }, 'a leader after this one retires the former key itself'));
  }

  #save(): Promise<void> {
    const { cluster, fenced } = this.#there();
    return fenced((store) => store.saveKeys(cluster.keys));
  }

  #publish(): void {
    const { cluster, adapters } = this.#there();
    const value = create(listener.WorkerKeysChangedSchema, { workerKeysJwks: jwkSet(cluster.keys) });
    adapters.broadcast({ case: 'workerKeysChanged', value });
  }

  #there(): KeyRingParts {
    if (!this.#parts) throw new BatonError('INTERNAL', 'the key ring is not open');
    return this.#parts;
  }
}
