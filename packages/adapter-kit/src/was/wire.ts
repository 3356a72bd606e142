import { create, listener } from '@baton/proto';
import type { Limits } from '../admit/limits.ts';
import { DEFAULT_LIMITS } from '../admit/limits.ts';
import type { Holder, Holders } from '../drain/holders.ts';
import type { ApplicationSettings, QueueSettings } from '../forward/application.ts';
import type { HandoverAnswer, HandoverOrder } from '../place/handover.ts';
import type { Slot } from '../place/slot.ts';
import type { Tally } from '../place/tally.ts';
import { DEFAULT_POOL_SETTINGS, type DrainSettings, type Pool, type PoolSettings } from '../pool.ts';
import type { ListenerSettings } from '../protocol-listener.ts';

/** Between the messages of baton.listener.v1 and the adapter's own types; wire types stop here. */

export function poolSettings(settings: listener.PoolSettings | undefined): Omit<PoolSettings, 'identity'> {
  if (!settings) return DEFAULT_POOL_SETTINGS;
  return {
    queueLength: settings.queueLength,
    isAlwaysRunning: settings.startMode === 'alwaysRunning',
    pingPolicy: { isEnabled: settings.pingingEnabled, intervalMs: settings.pingIntervalMs, responseTimeMs: settings.pingResponseTimeMs },
    drain: drainSettings(settings.drain),
  };
}

/** A policy that this release does not know keeps what it has, as long as the worker may. */
function drainSettings(drain: listener.DrainSettings | undefined): DrainSettings {
  if (!drain) return DEFAULT_POOL_SETTINGS.drain;
  const policy = drain.policy === 'close' || drain.policy === 'stay' ? drain.policy : 'wait';
  return { policy, graceMs: drain.graceMs };
}

export function listenerSettings({ onWasLost, tls }: listener.ListenerSettings): ListenerSettings {
  return {
    onWasLost: onWasLost === 'stopListening' ? onWasLost : 'serve',
    tls: tls.map(({ host, certPath, keyPath }) => ({ host, certPath, keyPath })),
  };
}

export function applicationOf(message: listener.ApplicationCreated): ApplicationSettings {
  return {
    appKey: message.appKey,
    pool: message.poolId,
    bindings: message.bindings,
    isBlocked: message.requestsBlocked,
    ...settingsOf(message),
  };
}

/** Of ApplicationSettingsChanged; nothing, if it says nothing. */
export function applicationSettings(message: listener.ApplicationSettings | undefined): Partial<ReturnType<typeof settingsOf>> {
  return message ? settingsOf(message) : {};
}

function settingsOf(message: listener.ApplicationCreated | listener.ApplicationSettings) {
  return {
    limits: limits(message.limits),
    isTrustingProxy: message.trustProxy,
    hasDiagnosticHeaders: message.diagnosticHeaders,
    isReplaySafe: message.replaySafe,
    hasProxyProtocol: message.proxyProtocol,
    queues: message.queues.map(queueSettings),
  } satisfies Partial<ApplicationSettings>;
}

function queueSettings(message: listener.QueueSettings): QueueSettings {
  const { queue, concurrency, rateMax, rateDurationMs, maxStalls, redisUrl, prefix } = message;
  return { queue, concurrency, rateMax, rateDurationMs, maxStalls, redisUrl, prefix };
}

function limits(message: listener.Limits | undefined): Limits {
  if (!message) return DEFAULT_LIMITS;
  const { queueTimeoutMs, requestTimeoutMs, headersTimeoutMs, idleTimeoutMs, maxHeaderBytes, maxBodyBytes, maxConnections } = message;
  return { queueTimeoutMs, requestTimeoutMs, headersTimeoutMs, idleTimeoutMs, maxHeaderBytes, maxBodyBytes, maxConnections };
}

export function handoverOrder(message: listener.Handover): HandoverOrder {
  const { recycleId, slot, fromWorkerId, toWorkerId, onlyIfIdle, traceparent } = message;
  return { recycleId, slot, from: fromWorkerId, to: toWorkerId, onlyIfIdle, traceparent };
}

export function handoverAnswer({ recycleId, poolId, channelId }: listener.Handover, answer: HandoverAnswer): listener.HandoverAnswer {
  return create(listener.HandoverAnswerSchema, { recycleId, poolId, channelId, answer: answerOneof(answer) });
}

function answerOneof(answer: HandoverAnswer): listener.HandoverAnswer['answer'] {
  switch (answer.kind) {
    case 'done':
      return { case: 'done', value: create(listener.HandoverDoneSchema, { inFlight: answer.inFlight }) };
    case 'busy':
      return { case: 'busy', value: create(listener.HandoverBusySchema, { inFlight: answer.inFlight, parked: answer.parked }) };
    case 'notReady':
      return { case: 'notReady', value: create(listener.HandoverNotReadySchema) };
  }
}

/** A channel as registrations tell it: with its blob, because WAS may have lost it, and per slot its workers and the last Handover. */
export function channelReport(pool: Pool): listener.ChannelReport {
  const { id, blob, blobSha256 } = pool.channel;
  return create(listener.ChannelReportSchema, {
    poolId: pool.id,
    channelId: id,
    blob,
    blobSha256,
    slots: [...pool.place.slots.values()].map(slotReport),
  });
}

function slotReport({ name, eligible, last, highestGeneration, workerIds }: Slot): listener.SlotReport {
  return create(listener.SlotReportSchema, {
    slot: name,
    eligibleWorkerId: eligible?.workerId ?? '',
    eligibleGeneration: eligible?.generation ?? 0,
    lastRecycleId: last?.recycleId ?? '',
    lastInFlight: last?.tally.inFlight ?? 0,
    highestGeneration,
    workerIds,
  });
}

/** `originMs`: Unix time at the zero of the adapter's clock. */
export function recycleReport(tally: Tally, originMs: number, holders: Holders): listener.RecycleReport {
  const { recycleId, pool, channelId, slot, inFlight, finished, moved, replayed, failed, longestHoldMs, lastEndedAtMs, isFinal } = tally;
  return create(listener.RecycleReportSchema, {
    recycleId,
    poolId: pool,
    channelId,
    slot,
    inFlightAtHandover: inFlight,
    finished,
    moved,
    replayed,
    failed,
    longestHoldMs,
    lastEndedAtMs: lastEndedAtMs === 0 ? 0 : originMs + lastEndedAtMs,
    final: isFinal,
    holders: holders.named.map((holder) => drainHolder(holder, originMs)),
    holderCount: holders.count,
  });
}

/** Longest name of what holds a worker, characters. */
const MOST_WHAT = 200;

function drainHolder({ kind, appKey, what, client, sinceMs }: Holder, originMs: number): listener.DrainHolder {
  return create(listener.DrainHolderSchema, { kind, appKey, what: what.slice(0, MOST_WHAT), client, sinceMs: originMs + sinceMs });
}

export function poolLoad(pool: Pool): listener.PoolLoad {
  return create(listener.PoolLoadSchema, {
    poolId: pool.id,
    channelId: pool.channel.id,
    parked: pool.place.parked.size,
    inFlight: pool.place.inFlight,
    requestsTotal: pool.counters.admitted,
    failedTotal: pool.counters.failed,
  });
}
