import { type control as Control, control, create } from '@baton/proto';
import type { Channel } from '../cluster/channel.ts';
import { isRequired } from '../cluster/cluster.ts';
import type { Pool } from '../cluster/pool.ts';
import type { Worker } from '../cluster/worker.ts';

type Verb = Control.Order['verb'];

/**
 * The start order of a worker: the app of its pool as it is configured now, and every saved channel. An adapter without WAS may serve
 * for hours: a worker that did not dial it could not take over there from one that leaves.
 */
export function startVerb(pool: Pool, worker: Worker, channels: readonly Channel[], identityToken: string, traceparent = ''): Verb {
  const { processModel, environmentVariables } = pool.config;
  const app = pool.apps[0];
  const value = create(control.StartSchema, {
    app: create(control.AppSchema, { appKey: app?.name ?? '', entry: app?.entry ?? '', ports: portsOf(pool), preload: preloadOf(pool) }),
    role: worker.record.role,
    identityToken,
    channels: channels.map(toChannel),
    startupTimeLimitMs: processModel.startupTimeLimitMs,
    shutdownTimeLimitMs: processModel.shutdownTimeLimitMs,
    idleTimeoutMs: processModel.idleTimeoutMs,
    traceparent,
    noOverlap: pool.config.recycling.disallowOverlappingRotation,
  });
  for (const [name, source] of Object.entries(environmentVariables)) value.environment[name] = toEnvValue(source);
  return { case: 'start', value };
}

export function connectVerb(channels: readonly Channel[], identityToken: string): Verb {
  return { case: 'connect', value: create(control.ConnectSchema, { channels: channels.map(toChannel), identityToken }) };
}

/** `successor`: the worker that serves the slot from now on, '' = none. */
export function stopVerb(pool: Pool, successor: string, cause: string, force: boolean): Verb {
  const facts = { successorWorkerId: successor, limitMs: pool.config.processModel.shutdownTimeLimitMs, cause, force };
  return { case: 'stop', value: create(control.StopSchema, facts) };
}

function portsOf(pool: Pool): number[] {
  return [...new Set(pool.apps.flatMap(({ bindings }) => bindings.map(({ port }) => port)))];
}

/** What is requested of a new worker before it is ready, at the host of the app's first binding. */
function preloadOf(pool: Pool): string[] {
  const app = pool.apps[0];
  const binding = app?.bindings[0];
  if (!app || !binding) return [];
  const { host, port } = binding;
  const name = host === '*' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return app.preload.map((path) => `http://${name}:${port}${path}`);
}

function toChannel(channel: Channel): Control.Channel {
  const { adapterId, channelId, protocol: protocolId, blob } = channel;
  return create(control.ChannelSchema, { adapterId, channelId, protocolId, blob, detached: !isRequired(channel) });
}

function toEnvValue(source: Pool['config']['environmentVariables'][string]): Control.EnvValue {
  if ('literal' in source) return create(control.EnvValueSchema, { source: { case: 'literal', value: source.literal } });
  if ('fromEnv' in source) return create(control.EnvValueSchema, { source: { case: 'fromEnv', value: source.fromEnv } });
  return create(control.EnvValueSchema, { source: { case: 'fromFile', value: source.fromFile } });
}
