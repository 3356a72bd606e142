import { BatonError } from '@baton/core';
import { DEFAULT_POOL_SETTINGS, type Pool, type PoolSettings, type Standing } from './pool.ts';

/** One channel for each pool, or for each application. */
export type ChannelScheme = 'pool' | 'app';

/**
 * The pools of one protocol, each with its channels.
 *
 * - `open` is keyed by pool id, or by "POOL/APPLICATION" where each application has a channel of its own (pool ids have no slash).
 */
export class PoolSet {
  /** Channels that work goes to. */
  readonly open = new Map<string, Pool>();
  /** CloseAll was asked for, and is not answered yet. */
  readonly closing = new Set<Pool>();
  private readonly standings = new Map<string, Standing>();
  private readonly scheme: ChannelScheme;
  private readonly create: (id: string, appKey: string | undefined, standing: Standing) => Pool;

  constructor(scheme: ChannelScheme, create: (id: string, appKey: string | undefined, standing: Standing) => Pool) {
    this.scheme = scheme;
    this.create = create;
  }

  /** Every channel, those that are being closed too. */
  get all(): Pool[] {
    return [...this.open.values(), ...this.closing];
  }

  /** Pools that WAS has named, with a channel here or without. */
  get ids(): readonly string[] {
    return [...this.standings.keys()];
  }

  ofId(id: string): Pool[] {
    return this.all.filter((pool) => pool.id === id);
  }

  ofChannel(channelId: number): Pool | undefined {
    return this.all.find(({ channel }) => channel.id === channelId);
  }

  /** The pool is there, with these settings; with one channel for each pool, its channel too. */
  set(id: string, given: Partial<PoolSettings>): void {
    const settings = { ...DEFAULT_POOL_SETTINGS, identity: id, ...given };
    const known = this.standings.get(id);
    this.change(id, known ? { settings } : { settings, isEnabled: true, cause: '', fault: undefined });
    if (this.scheme === 'pool') this.for(id, '');
  }

  /** Something of the pool has changed; nothing, if it is not known. */
  change(id: string, more: Partial<Standing>): void {
    const before = this.standings.get(id);
    if (!before && !more.settings) return;
    const standing = { ...before, ...more } as Standing;
    this.standings.set(id, standing);
    for (const pool of this.ofId(id)) pool.follow(standing);
  }

  settingsOf(id: string): PoolSettings | undefined {
    return this.standings.get(id)?.settings;
  }

  /** Where an application's work goes; makes the channel when there is none. Throws INVALID_ARGUMENT for a pool that is not known. */
  for(id: string, appKey: string): Pool {
    const standing = this.standings.get(id);
    if (!standing) throw new BatonError('INVALID_ARGUMENT', `application ${appKey} names pool ${id}, which is not known`);
    const key = this.keyOf(id, appKey);
    let pool = this.open.get(key);
    if (!pool) {
      pool = this.create(id, this.scheme === 'app' ? appKey : undefined, standing);
      this.open.set(key, pool);
    }
    return pool;
  }

  /** Nothing new goes to it; it is known until `drop`. */
  close(pool: Pool): void {
    this.open.delete(this.keyOf(pool.id, pool.channel.appKey ?? ''));
    this.closing.add(pool);
  }

  drop(pool: Pool): void {
    const key = this.keyOf(pool.id, pool.channel.appKey ?? '');
    if (this.open.get(key) === pool) this.open.delete(key);
    this.closing.delete(pool);
  }

  forget(id: string): void {
    this.standings.delete(id);
  }

  private keyOf(id: string, appKey: string): string {
    return this.scheme === 'app' ? `${id}/${appKey}` : id;
  }
}
