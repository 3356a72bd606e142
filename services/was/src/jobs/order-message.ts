import { type AppConfig, appBindings, type Binding } from '@baton/config';
import { type control as Control, control, create } from '@baton/proto';
import type { Channel } from '../cluster/channel.ts';
import { isRequired } from '../cluster/cluster.ts';
import type { Pool } from '../cluster/pool.ts';
import type { Worker } from '../cluster/worker.ts';

type Verb = Control.Order['verb'];

/** By what a worker is let in: the token, and the private key that it names. */
export interface Identity {
  readonly token: string;
  readonly proofKey: string;
}

/**
 * The start order of a worker: the apps of its pool as they are configured now, and every saved channel. An adapter without WAS may serve
 * for hours: a worker that did not dial it could not take over there from one that leaves.
 */
export function startVerb(pool: Pool, worker: Worker, channels: readonly Channel[], identity: Identity, traceparent = ''): Verb {
  const { processModel, environmentVariables, threadPool } = pool.config;
  const { maxProcesses, pingingEnabled, pingIntervalMs, pingResponseTimeMs } = processModel;
  const apps = pool.apps.map(toApp);
  const value = create(control.StartSchema, {
    // Hosts of the release before read `app` alone.
    app: apps[0] ?? create(control.AppSchema),
    apps,
    role: worker.record.role,
    identityToken: identity.token,
    proofKey: identity.proofKey,
    channels: channels.map(toChannel),
    startupTimeLimitMs: processModel.startupTimeLimitMs,
    shutdownTimeLimitMs: processModel.shutdownTimeLimitMs,
    idleTimeoutMs: processModel.idleTimeoutMs,
    traceparent,
    noOverlap: pool.config.recycling.disallowOverlappingRotation,
    threadPool: create(control.ThreadPoolSchema, threadPool),
    facts: create(control.FactsSchema, { maxProcesses, pingIntervalMs: pingingEnabled ? pingIntervalMs : 0, pingResponseTimeMs }),
  });
  for (const [name, source] of Object.entries(environmentVariables)) value.environment[name] = toEnvValue(source);
  return { case: 'start', value };
}

export function connectVerb(channels: readonly Channel[], { token: identityToken, proofKey }: Identity): Verb {
  return { case: 'connect', value: create(control.ConnectSchema, { channels: channels.map(toChannel), identityToken, proofKey }) };
}

/** `successor`: the worker that serves the slot from now on, '' = none. */
export function stopVerb(pool: Pool, { record }: Worker, successor: string, force: boolean): Verb {
  const { cause = 'admin', stopLimitMs: limitMs = pool.config.processModel.shutdownTimeLimitMs } = record;
  const facts = { successorWorkerId: successor, limitMs, cause, force };
  return { case: 'stop', value: create(control.StopSchema, facts) };
}

/** Its preload: what is requested of a new worker before it is ready, at the host of the app's first binding of http. */
function toApp({ name: appKey, entry, bindings, preload, modules }: AppConfig): Control.App {
  const { ports, tcpPorts, queues, otherBindings } = appBindings(bindings);
  const first = bindings.find(({ protocol }) => protocol === 'http');
  const urls = first ? preload.map((path) => `${originOf(first)}${path}`) : [];
  const lists = { ports: [...ports], tcpPorts: [...tcpPorts], queues: [...queues], otherBindings: [...otherBindings], preload: urls };
  return create(control.AppSchema, { appKey, entry, ...lists, modules: [...modules] });
}

function originOf({ isSecure, host, port }: Binding): string {
  const name = host === '*' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http${isSecure ? 's' : ''}://${name}:${port}`;
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
