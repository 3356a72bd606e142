import { BatonError, defer } from '@baton/core';
import type { listener } from '@baton/proto';
import type { ListenerAdapter } from '../listener-adapter.ts';
import type { AdapterLog } from '../log.ts';
import type { Pool } from '../pool.ts';
import type { Callback } from './link.ts';
import { applicationSettings, poolSettings } from './wire.ts';

export interface ConfigurationOptions {
  readonly adapter: ListenerAdapter;
  readonly log: AdapterLog;
  /** A pool is there, or has changed. */
  readonly onPool: (pool: Pool) => void;
  /** A pool is about to go. */
  readonly onPoolRemoved: (pool: Pool) => void;
}

/**
 * The pools and applications that WAS has named, in the adapter.
 *
 * - Everything is sent again at each registration; what is not, is gone.
 * - A fresh adapter listens only after InitializationCompleted; later changes of ports are made as they come.
 */
export class Configuration {
  /** InitializationCompleted came at least once. */
  isInitialized = false;
  /** The first initial configuration is complete, and the ports are open or reported as failed. */
  readonly ready = defer();
  /** Named since `begin`; undefined outside an initial configuration. */
  private named: { readonly pools: Set<string>; readonly applications: Set<string> } | undefined = undefined;
  private readonly options: ConfigurationOptions;

  constructor(options: ConfigurationOptions) {
    this.options = options;
  }

  /** An initial configuration is being sent. */
  get isComing(): boolean {
    return this.named !== undefined;
  }

  get counts(): { readonly pools: number; readonly applications: number } {
    const { pools, applications } = this.options.adapter;
    return { pools: pools.size, applications: applications.size };
  }

  begin(): void {
    this.named = { pools: new Set(), applications: new Set() };
  }

  /** The whole configuration was sent: what it does not name is gone, and from now on requests are taken. */
  complete(): void {
    const { adapter } = this.options;
    const { named } = this;
    this.named = undefined;
    for (const appKey of adapter.applications.keys()) if (!named?.applications.has(appKey)) adapter.removeApplication(appKey);
    for (const poolId of adapter.pools.keys()) if (!named?.pools.has(poolId)) this.removePool(poolId);
    this.isInitialized = true;
    void this.listen().then(() => this.ready.resolve());
  }

  /** Obeys a callback about pools and applications; others are not its business. */
  obey(callback: Callback): void {
    const { adapter, onPool } = this.options;
    switch (callback.case) {
      case 'applicationPoolCreated': {
        const { poolId, identity, settings, enabled } = callback.value;
        this.named?.pools.add(poolId);
        const pool = adapter.addPool(poolId, { identity, ...poolSettings(settings) });
        pool.place.fault = undefined;
        pool.place.setEnabled(enabled, '');
        onPool(pool);
        return;
      }
      case 'applicationPoolSettingsChanged': {
        const pool = adapter.pools.get(callback.value.poolId);
        pool?.update({ ...poolSettings(callback.value.settings), identity: pool.settings.identity });
        if (pool) onPool(pool);
        return;
      }
      case 'applicationPoolStateChanged': {
        const pool = adapter.pools.get(callback.value.poolId);
        pool?.place.setEnabled(callback.value.enabled, callback.value.cause);
        if (pool) onPool(pool);
        return;
      }
      case 'activationFailing': {
        const { poolId, code, cause } = callback.value;
        const pool = adapter.pools.get(poolId);
        if (pool) pool.place.fault = code === '' && cause === '' ? undefined : { code, cause };
        return;
      }
      case 'applicationPoolDeleted':
        this.removePool(callback.value.poolId);
        return;
      case 'applicationCreated':
        this.addApplication(callback.value);
        return;
      case 'applicationDeleted':
        adapter.removeApplication(callback.value.appKey);
        void this.listen();
        return;
    }
  }

  private addApplication(message: listener.ApplicationCreated): void {
    this.named?.applications.add(message.appKey);
    try {
      this.options.adapter.addApplication(applicationSettings(message));
    } catch (error) {
      const fault = BatonError.from(error);
      this.options.log.warn({ code: fault.code, app: message.appKey }, fault.message);
    }
    void this.listen();
  }

  private removePool(poolId: string): void {
    const { adapter, onPoolRemoved } = this.options;
    const pool = adapter.pools.get(poolId);
    if (!pool) return;
    onPoolRemoved(pool);
    adapter.removePool(poolId);
  }

  /** Makes the public ports what the bindings say, once the configuration is complete. A port that cannot be opened is logged by the listeners. */
  private async listen(): Promise<void> {
    if (!this.isInitialized || this.named) return;
    await this.options.adapter.listener.listen().catch(() => {});
  }
}
