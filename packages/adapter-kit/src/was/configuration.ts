import { BatonError, defer } from '@baton/core';
import type { ListenerAdapter } from '../listener-adapter.ts';
import type { AdapterLog } from '../log.ts';
import type { Callback } from './link.ts';
import { applicationOf, applicationSettings, listenerSettings, poolSettings } from './wire.ts';

export interface ConfigurationOptions {
  readonly adapter: ListenerAdapter;
  readonly log: AdapterLog;
  /** A pool is there, or has changed. */
  readonly onPool: (poolId: string) => void;
  /** The identity of a pool's channels was changed, as awaited. */
  readonly onObeyed: (number: number) => void;
}

/**
 * The pools and applications that WAS has named, in the adapter.
 *
 * - Everything is sent again at each registration; what is not, is gone.
 * - A fresh adapter listens only after InitializationCompleted; later changes of ports are made as they come.
 */
export class Configuration {
  /** InitializationCompleted came, and nothing was forgotten since. */
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
    const { poolSet, applications } = this.options.adapter;
    return { pools: poolSet.ids.length, applications: applications.size };
  }

  begin(): void {
    this.named = { pools: new Set(), applications: new Set() };
  }

  /** The whole configuration was sent: what it does not name is gone, and from now on requests are taken. */
  complete(): void {
    const { adapter } = this.options;
    const { named } = this;
    this.named = undefined;
    for (const appKey of [...adapter.applications.keys()]) if (!named?.applications.has(appKey)) adapter.removeApplication(appKey);
    for (const poolId of adapter.poolSet.ids) if (!named?.pools.has(poolId)) adapter.removePool(poolId);
    this.isInitialized = true;
    void this.listen().then(() => this.ready.resolve());
  }

  /** Disconnected, as IIS has it: nothing is listened on, and everything is forgotten. */
  async forget(): Promise<void> {
    const { adapter } = this.options;
    this.named = undefined;
    this.isInitialized = false;
    for (const appKey of [...adapter.applications.keys()]) adapter.removeApplication(appKey);
    for (const poolId of adapter.poolSet.ids) adapter.removePool(poolId);
    await adapter.listener.listen().catch(() => {});
  }

  /** Obeys a callback about pools, applications and listeners; others are not its business. */
  obey(callback: Callback): void {
    const { adapter, onPool, onObeyed } = this.options;
    switch (callback.case) {
      case 'listenerSettings':
        adapter.changeSettings(listenerSettings(callback.value));
        void this.listen();
        return;
      case 'applicationPoolCreated': {
        const { poolId, identity, settings, enabled } = callback.value;
        this.named?.pools.add(poolId);
        adapter.setPool(poolId, { identity, ...poolSettings(settings) });
        adapter.changePool(poolId, { isEnabled: enabled, cause: '', fault: undefined });
        onPool(poolId);
        return;
      }
      case 'applicationPoolSettingsChanged': {
        const { poolId, settings } = callback.value;
        const identity = adapter.poolSet.settingsOf(poolId)?.identity;
        if (identity === undefined) return;
        adapter.changePool(poolId, { settings: { ...poolSettings(settings), identity } });
        onPool(poolId);
        return;
      }
      case 'applicationPoolIdentityChanged': {
        const { poolId, identity, number } = callback.value;
        adapter.changeIdentity(poolId, identity);
        onObeyed(number);
        return;
      }
      case 'applicationPoolStateChanged': {
        const { poolId, enabled, cause } = callback.value;
        adapter.changePool(poolId, { isEnabled: enabled, cause });
        onPool(poolId);
        return;
      }
      case 'activationFailing': {
        const { poolId, code, cause } = callback.value;
        adapter.changePool(poolId, { fault: code === '' && cause === '' ? undefined : { code, cause } });
        return;
      }
      case 'applicationPoolDeleted':
        adapter.removePool(callback.value.poolId);
        return;
      case 'applicationDeleted':
        this.change(callback.value.appKey, (appKey) => adapter.removeApplication(appKey));
        return;
      case 'applicationCreated':
        this.named?.applications.add(callback.value.appKey);
        this.change(callback.value.appKey, () => adapter.addApplication(applicationOf(callback.value)));
        return;
      case 'applicationBindingsChanged':
        this.change(callback.value.appKey, (appKey) => adapter.changeBindings(appKey, callback.value.bindings));
        return;
      case 'applicationAppPoolChanged':
        this.change(callback.value.appKey, (appKey) => adapter.moveApplication(appKey, callback.value.poolId));
        return;
      case 'applicationRequestsBlockedChanged':
        this.change(callback.value.appKey, (appKey) => adapter.blockRequests(appKey, callback.value.blocked));
        return;
      case 'applicationSettingsChanged':
        this.change(callback.value.appKey, (appKey) => adapter.changeApplication(appKey, applicationSettings(callback.value.settings)));
        return;
    }
  }

  /** What cannot be done for one application is logged, and the others go on. */
  private change(appKey: string, make: (appKey: string) => void): void {
    try {
      make(appKey);
    } catch (error) {
      const fault = BatonError.from(error);
      this.options.log.warn({ code: fault.code, app: appKey }, fault.message);
    }
    void this.listen();
  }

  /** Makes the public ports what the bindings say, once the configuration is complete. A port that cannot be opened is logged by the listeners. */
  private async listen(): Promise<void> {
    if (!this.isInitialized || this.named) return;
    await this.options.adapter.listener.listen().catch(() => {});
  }
}
