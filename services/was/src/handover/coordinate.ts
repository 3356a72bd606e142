import { FAILURES } from '../recycle/failures.ts';
import type { ChangeFacts, ChannelSeat, HandoverStep, SendHandover } from './facts.ts';

/**
 * The hand-over, step by step (handover.md, "Hand-over"): every attached adapter is asked; when all have done it the change is committed,
 * when one cannot or may not it is rolled back at those that had done it.
 *
 * - replace: a hand-over to the replacement, once that is ready on every channel.
 * - park: a hand-over to nobody; the next worker starts when the old one has ended.
 * - idle: a hand-over to nobody with `onlyIfIdle`.
 * - Level-triggered and pure: asked again after each fact that changes, it names the one next step.
 * - undefined: nothing to do until somebody answers.
 */
export function nextHandoverStep(facts: ChangeFacts): HandoverStep | undefined {
  switch (facts.change.phase) {
    case 'recovering':
      return recover(facts);
    case 'starting':
      return awaitReplacement(facts);
    case 'handing':
      return handOver(facts);
    case 'rolling':
      return rollBack(facts);
    case 'finishing':
      return finish(facts);
  }
}

/** A new leader goes on only when nobody can go back: the old worker is dead and its replacement alive (handover.md, Hand-over 5). */
function recover({ change, isGone, replacement }: ChangeFacts): HandoverStep {
  const { kind, from } = change.stored;
  if (kind === 'replace' && isGone(from) && replacement?.isRunning) return { do: 'resume' };
  return { do: 'rollBack', cause: FAILURES.leaderChange };
}

/** Nobody is asked before the replacement is connected everywhere. The death of the old worker meanwhile changes nothing. */
function awaitReplacement({ now, change, channels, isGone, endOf, replacement, deadlineMs, limit }: ChangeFacts): HandoverStep {
  const { to } = change.stored;
  if (isGone(to) || !replacement) return { do: 'rollBack', cause: `the replacement died: ${endOf(to)}` };
  const required = channels.filter(({ presence }) => presence !== 'detached');
  if (required.length === 0) return { do: 'rollBack', cause: FAILURES.noChannel };
  const missing = required.filter(({ ref }) => !replacement.connected.has(ref));
  const isAttached = required.some(({ presence }) => presence === 'attached');
  if (replacement.isReady && missing.length === 0 && isAttached) return { do: 'handOver' };
  if (now < deadlineMs) return { do: 'wait', untilMs: deadlineMs };
  const lacks = replacement.isReady ? `not connected on ${missing.map(({ ref }) => ref).join(', ')}` : replacement.lacks;
  return { do: 'rollBack', cause: `the replacement was not ready within ${limit}: ${lacks}` };
}

function handOver({ now, change, channels, isGone, endOf, isRecycleWanted, deadlineMs, limit, repeatMs }: ChangeFacts): HandoverStep {
  const { id, kind, from, to, needs } = change.stored;
  const isIdle = kind === 'idle';
  if (isGone(from) && (to === '' || isGone(to))) return { do: 'end', outcome: 'failed', cause: `the worker died: ${endOf(from)}` };
  if (to !== '' && isGone(to)) return { do: 'rollBack', cause: `the replacement died: ${endOf(to)}` };
  const attached = channels.filter(({ presence }) => presence === 'attached');
  const missing = needs.find((ref) => !attached.some((channel) => channel.ref === ref));
  if (isIdle && missing !== undefined) return { do: 'rollBack', cause: `channel ${missing} is not attached` };
  if (isIdle && isRecycleWanted) return { do: 'rollBack', cause: 'a recycle was asked for' };
  if (attached.length === 0 && !channels.some(({ presence }) => presence === 'grace')) {
    return { do: 'rollBack', cause: FAILURES.noChannel };
  }
  const busy = isIdle && attached.find(({ seat }) => seat.busyFor === id);
  if (busy) return { do: 'rollBack', cause: `adapter of channel ${busy.ref} has work` };
  const isDone = ({ presence, seat }: ChannelSeat) => presence === 'attached' && !seat.ask && seat.done?.changeId === id;
  if (attached.length > 0 && channels.every((channel) => channel.presence === 'detached' || isDone(channel))) {
    return { do: 'commit', inFlight: attached.reduce((sum, { seat }) => sum + (seat.done?.inFlight ?? 0), 0) };
  }
  if (now >= deadlineMs) {
    const late = channels.filter((channel) => channel.presence !== 'detached' && !isDone(channel)).map(({ ref }) => ref);
    return { do: 'rollBack', cause: `not done within ${limit} on ${late.join(', ')}` };
  }
  const unasked = attached.find(({ seat }) => !seat.ask && seat.done?.changeId !== id && mayAsk(seat.notReadyAtMs, now, repeatMs));
  if (unasked) return { do: 'send', ref: unasked.ref, recycleId: id, from, to, onlyIfIdle: isIdle };
  return { do: 'wait', untilMs: Math.min(deadlineMs, nextAskMs(attached, now, repeatMs)) };
}

/**
 * The same message with `from` and `to` exchanged, to each that has done it, after its answer; nothing is given back to a dead worker.
 *
 * - A channel on which the old worker is not ready is asked again, up to the limit; then it is left to what holds outside a change.
 */
function rollBack({ now, change, channels, isGone, deadlineMs, repeatMs }: ChangeFacts): HandoverStep | undefined {
  const { id, from, to } = change.stored;
  const cause = change.rollCause ?? '';
  if (isGone(from)) return { do: 'end', outcome: 'failed', cause };
  const moved: ChannelSeat[] = [];
  let isWaiting = false;
  for (const channel of channels) {
    const { presence, seat } = channel;
    const hasMoved = seat.who !== from && (seat.done?.changeId === id || (to !== '' && seat.who === to));
    if (presence === 'grace' || (presence === 'attached' && seat.ask)) isWaiting = true;
    else if (presence === 'attached' && hasMoved) moved.push(channel);
  }
  const next = moved.find(({ seat }) => mayAsk(seat.notReadyAtMs, now, repeatMs));
  if (next && now < deadlineMs) return backStep(next, id, from, to);
  if (moved.length > 0 && now < deadlineMs) return { do: 'wait', untilMs: Math.min(deadlineMs, nextAskMs(moved, now, repeatMs)) };
  return isWaiting ? undefined : { do: 'end', outcome: 'failed', cause };
}

function backStep({ ref }: ChannelSeat, id: string, from: string, to: string): SendHandover {
  return { do: 'send', ref, recycleId: id, from: to, to: from, onlyIfIdle: false };
}

/**
 * The end of the old worker ends it; where work was parked, the next one has to be ready too: until then nobody serves.
 *
 * - Nobody tells of the end of a worker without a host: it has ended when the adapters have reported the last of its requests, or when its time is up.
 * - Where work is parked that is not waited for: a worker that may not overlap ends by itself before its host is given up.
 */
function finish({
  now,
  change,
  isGone,
  drainsUntilMs,
  endOf,
  next,
  replacement,
  deadlineMs,
  limit,
}: ChangeFacts): HandoverStep | undefined {
  if (!isGone(change.stored.from)) return undefined;
  if (change.stored.kind !== 'park') {
    return now < drainsUntilMs ? { do: 'wait', untilMs: drainsUntilMs } : { do: 'end', outcome: 'completed', cause: '' };
  }
  if (next === '') return { do: 'startNext' };
  if (isGone(next)) return { do: 'end', outcome: 'failed', cause: `the next worker died: ${endOf(next)}` };
  if (replacement?.isReady) return { do: 'end', outcome: 'completed', cause: '' };
  if (now < deadlineMs) return { do: 'wait', untilMs: deadlineMs };
  return { do: 'end', outcome: 'failed', cause: `the next worker was not ready within ${limit}: ${replacement?.lacks ?? 'it is unknown'}` };
}

/**
 * Outside a change, and after its commit: the first attached channel whose eligible worker is not the serving one gets a Handover, as soon as
 * the serving one is connected there (handover.md, Hand-over 7). Nobody serves: the channel is told to park.
 */
export function nextReconcileStep(
  { now, channels, repeatMs }: Pick<ChangeFacts, 'now' | 'channels' | 'repeatMs'>,
  serving: string,
  isConnected: (workerId: string, ref: string) => boolean,
  recycleId: (from: string) => string,
): SendHandover | { readonly do: 'wait'; readonly untilMs: number } | undefined {
  const wrong = channels.filter(
    ({ ref, presence, seat }) =>
      presence === 'attached' && !seat.ask && seat.who !== serving && (serving === '' || isConnected(serving, ref)),
  );
  const next = wrong.find(({ seat }) => mayAsk(seat.notReadyAtMs, now, repeatMs));
  if (next) return { do: 'send', ref: next.ref, recycleId: recycleId(next.seat.who), from: next.seat.who, to: serving, onlyIfIdle: false };
  return wrong.length > 0 ? { do: 'wait', untilMs: nextAskMs(wrong, now, repeatMs) } : undefined;
}

/** Nobody hands this worker work, and nobody may begin to: it can be told to stop (handover.md, Hand-over 2). */
export function isFreeToStop(channels: readonly ChannelSeat[], workerId: string): boolean {
  return channels.every(({ presence, seat }) => {
    if (presence === 'detached') return true;
    return presence === 'attached' && !seat.ask && seat.who !== workerId;
  });
}

function mayAsk(notReadyAtMs: number | undefined, now: number, repeatMs: number): boolean {
  return notReadyAtMs === undefined || now >= notReadyAtMs + repeatMs;
}

function nextAskMs(channels: readonly ChannelSeat[], now: number, repeatMs: number): number {
  const times = channels.flatMap(({ seat }) => (seat.notReadyAtMs === undefined ? [] : [seat.notReadyAtMs + repeatMs]));
  return times.length > 0 ? Math.min(...times) : now + 3_600_000;
}
