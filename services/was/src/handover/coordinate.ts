import type { ChangeFacts, ChannelSeat, HandoverStep, SendHandover } from './facts.ts';

/**
 * The hand-over, step by step (handover.md, "Hand-over"): every attached adapter is asked; when all have done it the change is committed,
 * when one cannot or may not it is rolled back at those that had done it. An idle-out is a hand-over to nobody with `onlyIfIdle`; a recycle
 * is one to the replacement.
 *
 * - Level-triggered and pure: asked again after each fact that changes, it names the one next step.
 * - undefined: nothing to do until somebody answers.
 */
export function nextHandoverStep(facts: ChangeFacts): HandoverStep | undefined {
  if (facts.change.phase === 'finishing') return finish(facts);
  return facts.change.phase === 'rolling' ? rollBack(facts) : handOver(facts);
}

function handOver({ now, change, channels, isGone, limitMs, repeatMs }: ChangeFacts): HandoverStep | undefined {
  const { id, kind, from, to, beganAtMs, needs } = change.stored;
  const isIdle = kind === 'idle';
  if (isGone(from) && (isIdle || isGone(to))) return { do: 'end', outcome: 'failed', cause: 'the worker died' };
  if (to !== '' && isGone(to)) return { do: 'rollBack', cause: 'the replacement died' };
  const attached = channels.filter(({ presence }) => presence === 'attached');
  const missing = needs.find((ref) => !attached.some((channel) => channel.ref === ref));
  if (isIdle && missing !== undefined) return { do: 'rollBack', cause: `channel ${missing} is not attached` };
  if (attached.length === 0 && !channels.some(({ presence }) => presence === 'grace')) {
    return { do: 'rollBack', cause: 'no channel is attached' };
  }
  const busy = attached.find(({ seat }) => seat.busyFor === id);
  if (busy) return { do: 'rollBack', cause: `adapter of channel ${busy.ref} has work` };
  if (now >= beganAtMs + limitMs) return { do: 'rollBack', cause: `not done within ${limitMs} ms` };
  const unasked = attached.find(({ seat }) => !seat.ask && seat.done?.changeId !== id && mayAsk(seat.notReadyAtMs, now, repeatMs));
  if (unasked) return { do: 'send', ref: unasked.ref, recycleId: id, from, to, onlyIfIdle: isIdle };
  const isDone = ({ presence, seat }: ChannelSeat) => presence === 'attached' && !seat.ask && seat.done?.changeId === id;
  if (attached.length > 0 && channels.every((channel) => channel.presence === 'detached' || isDone(channel))) {
    return { do: 'commit', inFlight: attached.reduce((sum, { seat }) => sum + (seat.done?.inFlight ?? 0), 0) };
  }
  return { do: 'wait', untilMs: Math.min(beganAtMs + limitMs, nextAskMs(attached, now, repeatMs)) };
}

/** The same message with `from` and `to` exchanged, to each that has done it, after its answer; nothing is given back to a dead worker. */
function rollBack({ now, change, channels, isGone, repeatMs }: ChangeFacts): HandoverStep | undefined {
  const { id, from, to } = change.stored;
  const cause = change.rollCause ?? '';
  if (isGone(from)) return { do: 'end', outcome: 'failed', cause };
  const moved: ChannelSeat[] = [];
  let isWaiting = false;
  for (const channel of channels) {
    if (channel.presence === 'grace' || (channel.presence === 'attached' && channel.seat.ask)) isWaiting = true;
    else if (channel.presence === 'attached' && channel.seat.done?.changeId === id && channel.seat.who !== from) moved.push(channel);
  }
  const next = moved.find(({ seat }) => mayAsk(seat.notReadyAtMs, now, repeatMs));
  if (next) return backStep(next, id, from, to);
  if (moved.length > 0) return { do: 'wait', untilMs: nextAskMs(moved, now, repeatMs) };
  return isWaiting ? undefined : { do: 'end', outcome: 'failed', cause };
}

function backStep({ ref }: ChannelSeat, id: string, from: string, to: string): SendHandover {
  return { do: 'send', ref, recycleId: id, from: to, to: from, onlyIfIdle: false };
}

function finish({ change, isGone }: ChangeFacts): HandoverStep | undefined {
  return isGone(change.stored.from) ? { do: 'end', outcome: 'completed', cause: '' } : undefined;
}

/**
 * Outside a change, and after its commit: the first attached channel whose eligible worker is not the serving one gets a Handover, as soon as
 * the serving one is connected there (handover.md, Hand-over 7). Nobody serves: the channel is told to park.
 */
export function nextReconcileStep(
  { now, channels, repeatMs }: Pick<ChangeFacts, 'now' | 'channels' | 'repeatMs'>,
  serving: string,
  isConnected: (workerId: string, ref: string) => boolean,
  recycleId: () => string,
): SendHandover | { readonly do: 'wait'; readonly untilMs: number } | undefined {
  const wrong = channels.filter(
    ({ ref, presence, seat }) =>
      presence === 'attached' && !seat.ask && seat.who !== serving && (serving === '' || isConnected(serving, ref)),
  );
  const next = wrong.find(({ seat }) => mayAsk(seat.notReadyAtMs, now, repeatMs));
  if (next) return { do: 'send', ref: next.ref, recycleId: recycleId(), from: next.seat.who, to: serving, onlyIfIdle: false };
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
