import type { AppConfig, Config, PoolConfig } from '@baton/config';
import { create, listener } from '@baton/proto';
import type { Pool } from '../../cluster/pool.ts';
import type { Callback } from '../../links.ts';

/** The callbacks that tell an adapter of the configuration. Each may come again for a pool or an app it knows; the last one holds. */

export function poolCreated({ name, config, state }: Pool): Callback {
  const facts = { poolId: name, identity: config.identity, settings: poolSettings(config), enabled: state === 'started' };
  return { case: 'applicationPoolCreated', value: create(listener.ApplicationPoolCreatedSchema, facts) };
}

export function poolDeleted(poolId: string): Callback {
  return { case: 'applicationPoolDeleted', value: create(listener.ApplicationPoolDeletedSchema, { poolId }) };
}

export function settingsChanged({ name, config }: Pool): Callback {
  const facts = { poolId: name, settings: poolSettings(config) };
  return { case: 'applicationPoolSettingsChanged', value: create(listener.ApplicationPoolSettingsChangedSchema, facts) };
}

export function stateChanged({ name, state, cause }: Pool): Callback {
  const facts = { poolId: name, enabled: state === 'started', cause };
  return { case: 'applicationPoolStateChanged', value: create(listener.ApplicationPoolStateChangedSchema, facts) };
}

export function applicationCreated(app: AppConfig, config: Config): Callback {
  const { queueTimeoutMs, requestTimeoutMs, headersTimeoutMs, idleTimeoutMs, maxHeaderBytes, maxBodyBytes, maxConnections } = app.limits;
  const value = create(listener.ApplicationCreatedSchema, {
    appKey: app.name,
    poolId: app.pool,
    bindings: app.bindings.map(({ text }) => text),
    limits: create(listener.LimitsSchema, {
      queueTimeoutMs,
      requestTimeoutMs,
      headersTimeoutMs,
      idleTimeoutMs,
      maxHeaderBytes,
      maxBodyBytes,
      maxConnections,
    }),
    trustProxy: config.trustProxy,
    diagnosticHeaders: config.diagnosticHeaders,
    replaySafe: app.replaySafe,
  });
  return { case: 'applicationCreated', value };
}

export function applicationDeleted(appKey: string): Callback {
  return { case: 'applicationDeleted', value: create(listener.ApplicationDeletedSchema, { appKey }) };
}

export function activationFailing({ name, failing }: Pool): Callback {
  const facts = { poolId: name, code: failing?.code ?? '', cause: failing?.cause ?? '' };
  return { case: 'activationFailing', value: create(listener.ActivationFailingSchema, facts) };
}

export function instanceGone(poolId: string, slot: string, workerId: string, cause: string, planned: boolean): Callback {
  return { case: 'instanceGone', value: create(listener.InstanceGoneSchema, { poolId, slot, workerId, cause, planned }) };
}

export function allStopped(poolId: string, channelId: number): Callback {
  const value = create(listener.ApplicationPoolAllListenerChannelInstancesStoppedSchema, { poolId, channelId });
  return { case: 'applicationPoolAllListenerChannelInstancesStopped', value };
}

function poolSettings({ queueLength, startMode, processModel }: PoolConfig): listener.PoolSettings {
  const { pingingEnabled, pingIntervalMs, pingResponseTimeMs } = processModel;
  return create(listener.PoolSettingsSchema, { queueLength, startMode, pingingEnabled, pingIntervalMs, pingResponseTimeMs });
}
