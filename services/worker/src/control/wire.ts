import { BatonError } from '@baton/core';
import { control, create, fromJson } from '@baton/proto';
import type { ChannelRef } from '../messages.ts';
import type { EnvironmentValue, Order, OrderedApp, OrderedChannel } from '../slots/order.ts';
import type { WorkerRecord, WorkerState } from '../slots/record.ts';

/** Reads the data of a job; throws INVALID_ARGUMENT when it is no order. */
export function toOrder(data: unknown): Order {
  const wire = readOrder(data);
  const { epoch, number, deadlineMs, slot, workerId, generation } = wire;
  if (slot === '' || workerId === '') throw new BatonError('INVALID_ARGUMENT', 'an order names a slot and a worker id; this one does not');
  return { epoch, number, deadlineMs, slot, pool: wire.poolId, workerId, generation, verb: toVerb(wire.verb) };
}

function readOrder(data: unknown): control.Order {
  try {
    return fromJson(control.OrderSchema, data as Parameters<typeof fromJson>[1], { ignoreUnknownFields: true });
  } catch (error) {
    throw BatonError.from(error, 'INVALID_ARGUMENT', 'the job holds no order');
  }
}

function toVerb(verb: control.Order['verb']): Order['verb'] {
  switch (verb.case) {
    case 'start': {
      const { role, identityToken, proofKey, startupTimeLimitMs, shutdownTimeLimitMs, idleTimeoutMs, noOverlap, traceparent } = verb.value;
      const { threadPool, facts } = verb.value;
      return {
        type: 'start',
        apps: toApps(verb.value),
        role,
        token: identityToken,
        proofKey,
        channels: verb.value.channels.map(toChannel),
        startupTimeLimitMs,
        shutdownTimeLimitMs,
        idleTimeoutMs,
        noOverlap,
        traceparent,
        threadPool: { maxPoolThreads: threadPool?.maxPoolThreads ?? 0, poolThreadLimit: threadPool?.poolThreadLimit ?? 0 },
        facts: {
          maxProcesses: facts?.maxProcesses || 1,
          pingIntervalMs: facts?.pingIntervalMs ?? 0,
          pingResponseTimeMs: facts?.pingResponseTimeMs ?? 0,
        },
        environment: Object.fromEntries(Object.entries(verb.value.environment).map(([name, value]) => [name, toValue(name, value)])),
      };
    }
    case 'stop': {
      const { successorWorkerId, limitMs, cause, force } = verb.value;
      return { type: 'stop', successor: successorWorkerId, limitMs, cause: cause || 'admin', force };
    }
    case 'connect':
      return {
        type: 'connect',
        token: verb.value.identityToken,
        proofKey: verb.value.proofKey,
        channels: verb.value.channels.map(toChannel),
      };
    case undefined:
      throw new BatonError('INVALID_ARGUMENT', 'an order starts, stops or connects a worker; this one does nothing this release knows');
  }
}

/** A WAS that knows of one application in a pool names only that. */
function toApps({ app, apps }: control.Start): OrderedApp[] {
  const named = apps.length > 0 ? apps : app ? [app] : [];
  if (named.length === 0) throw new BatonError('INVALID_ARGUMENT', 'a start order names the applications of its pool; this one names none');
  return named.map(({ appKey, entry, ports, tcpPorts, queues, otherBindings, preload, modules }) => ({
    appKey,
    entry,
    ports,
    tcpPorts,
    queues,
    otherBindings,
    preload,
    modules,
  }));
}

function toChannel({ adapterId, channelId, blob, detached }: control.Channel): OrderedChannel {
  return { adapterId, channelId, blob: Buffer.from(blob).toString('base64'), isDetached: detached };
}

function toValue(name: string, { source }: control.EnvValue): EnvironmentValue {
  switch (source.case) {
    case 'literal':
      return { literal: source.value };
    case 'fromEnv':
      return { fromEnv: source.value };
    case 'fromFile':
      return { fromFile: source.value };
    case undefined:
      throw new BatonError('INVALID_ARGUMENT', `the variable ${name} of the order has no source`);
  }
}

const STATES: Readonly<Record<WorkerState, control.WorkerState>> = {
  starting: control.WorkerState.STARTING,
  connecting: control.WorkerState.CONNECTING,
  connected: control.WorkerState.CONNECTED,
  stopping: control.WorkerState.STOPPING,
  exited: control.WorkerState.EXITED,
};

/** A record as WAS hears of it. */
export function toReport(record: WorkerRecord): control.WorkerReport {
  const { workerId, slot, generation, pid, fromSpare, role, exit } = record;
  return create(control.WorkerReportSchema, {
    workerId,
    poolId: record.pool,
    slot,
    generation,
    state: STATES[record.state],
    pid,
    connected: record.connected.map(toRef),
    startedAtMs: record.startedAtMs,
    fromSpare,
    extraListens: record.extraListens.map(({ wanted, actual }) => ({ wanted, actual })),
    role,
    ...(exit ? { exit: { ...exit } } : {}),
  });
}

/** A channel's name as WAS reads it. */
export function toRef({ adapterId, channelId }: ChannelRef): { adapterId: string; channelId: number } {
  return { adapterId, channelId };
}
