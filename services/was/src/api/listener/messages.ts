import { create, listener } from '@baton/proto';
import type { Failing } from '../../cluster/pool.ts';
import type { Callback } from '../../links.ts';
import type { AppView, ListenerView, PoolView } from './view.ts';

/** The callbacks that tell an adapter of the configuration, each of its names once. */

export function poolCreated({ poolId, identity, isEnabled: enabled, settings }: PoolView): Callback {
  const value = create(listener.ApplicationPoolCreatedSchema, { poolId, identity, enabled, settings: poolSettings(settings) });
  return { case: 'applicationPoolCreated', value };
}

export function poolDeleted(poolId: string): Callback {
  return { case: 'applicationPoolDeleted', value: create(listener.ApplicationPoolDeletedSchema, { poolId }) };
}

export function settingsChanged({ poolId, settings }: PoolView): Callback {
  const value = create(listener.ApplicationPoolSettingsChangedSchema, { poolId, settings: poolSettings(settings) });
  return { case: 'applicationPoolSettingsChanged', value };
}

export function stateChanged({ poolId, isEnabled: enabled, cause }: PoolView): Callback {
  return { case: 'applicationPoolStateChanged', value: create(listener.ApplicationPoolStateChangedSchema, { poolId, enabled, cause }) };
}

export function applicationCreated({ appKey, poolId, bindings, isBlocked, settings }: AppView): Callback {
  const value = create(listener.ApplicationCreatedSchema, {
    ...appSettings(settings),
    appKey,
    poolId,
    bindings: [...bindings],
    requestsBlocked: isBlocked,
  });
  return { case: 'applicationCreated', value };
}

export function identityChanged({ poolId, identity }: PoolView, number: number): Callback {
  const value = create(listener.ApplicationPoolIdentityChangedSchema, { poolId, identity, number });
  return { case: 'applicationPoolIdentityChanged', value };
}

export function bindingsChanged({ appKey, bindings }: AppView): Callback {
  const value = create(listener.ApplicationBindingsChangedSchema, { appKey, bindings: [...bindings] });
  return { case: 'applicationBindingsChanged', value };
}

export function appPoolChanged({ appKey, poolId }: AppView): Callback {
  return { case: 'applicationAppPoolChanged', value: create(listener.ApplicationAppPoolChangedSchema, { appKey, poolId }) };
}

export function requestsBlockedChanged({ appKey, isBlocked: blocked }: AppView): Callback {
  const value = create(listener.ApplicationRequestsBlockedChangedSchema, { appKey, blocked });
  return { case: 'applicationRequestsBlockedChanged', value };
}

export function appSettingsChanged({ appKey, settings }: AppView): Callback {
  const facts = { appKey, settings: create(listener.ApplicationSettingsSchema, appSettings(settings)) };
  return { case: 'applicationSettingsChanged', value: create(listener.ApplicationSettingsChangedSchema, facts) };
}

export function listenerSettings({ onWasLost, tls }: ListenerView): Callback {
  const facts = { onWasLost, tls: tls.map((certificate) => create(listener.TlsCertificateSchema, certificate)) };
  return { case: 'listenerSettings', value: create(listener.ListenerSettingsSchema, facts) };
}

export function applicationDeleted(appKey: string): Callback {
  return { case: 'applicationDeleted', value: create(listener.ApplicationDeletedSchema, { appKey }) };
}

export function activationFailing(poolId: string, failing: Failing | undefined): Callback {
  const facts = { poolId, code: failing?.code ?? '', cause: failing?.cause ?? '' };
  return { case: 'activationFailing', value: create(listener.ActivationFailingSchema, facts) };
}

export function instanceGone(poolId: string, slot: string, workerId: string, cause: string, planned: boolean): Callback {
  return { case: 'instanceGone', value: create(listener.InstanceGoneSchema, { poolId, slot, workerId, cause, planned }) };
}

export function allStopped(poolId: string, channelId: number): Callback {
  const value = create(listener.ApplicationPoolAllListenerChannelInstancesStoppedSchema, { poolId, channelId });
  return { case: 'applicationPoolAllListenerChannelInstancesStopped', value };
}

function poolSettings({ drain, ...rest }: PoolView['settings']): listener.PoolSettings {
  return create(listener.PoolSettingsSchema, { ...rest, drain: create(listener.DrainSettingsSchema, drain) });
}

function appSettings({ limits, queues, ...rest }: AppView['settings']) {
  return {
    ...rest,
    limits: create(listener.LimitsSchema, limits),
    queues: queues.map((queue) => create(listener.QueueSettingsSchema, queue)),
  };
}
