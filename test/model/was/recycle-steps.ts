import { NOBODY, Phase, Presence, Stop, Told } from '../state/words.ts';
import { named, type System } from '../system.ts';
import type { Leader } from './leader.ts';
import { hasLinkElsewhere } from './wish-steps.ts';
import { allocate, isFenced, record, renewPermission, setServing } from './write.ts';

/** The phases of a planned stop, each with what ends it. */
export function offerRecycleSteps(system: System, leader: Leader, self: string): void {
  const { phase, kind, from, to } = leader;
  if (phase === Phase.starting && leader.toldOf(to) === Told.up && isConnectedEverywhere(leader, to)) {
    system.step(
      () => `${self} hears that ${named(to)} is ready`,
      () => {
        leader.phase = Phase.handing;
      },
    );
  }
  if ((phase === Phase.starting || phase === Phase.handing) && kind === Stop.replace) {
    if (leader.hasGone(to))
      system.step(
        () => `${self} rolls back: ${named(to)} is dead`,
        () => rollBack(leader),
      );
    else
      system.goesWrong(
        'slow',
        () => `startupTimeLimit of ${named(to)} passes`,
        () => rollBack(leader),
      );
  }
  if ((phase === Phase.starting || phase === Phase.handing) && isAlone(system, leader)) {
    system.step(
      () => `${self} rolls back: no channel is attached`,
      () => rollBack(leader),
    );
  }
  if (phase === Phase.handing && (kind !== Stop.replace || leader.hasUp(to))) offerCommit(system, leader, self);
  if (phase === Phase.rolling && isGivenBack(system, leader)) {
    system.step(
      () => `${self} ends the recycle as failed: ${named(from)} goes on`,
      () => {
        if (isFenced(system, leader)) record(system, leader, Stop.none, NOBODY, NOBODY);
      },
    );
  }
  if (phase === Phase.finishing && leader.hasGone(from)) offerEnd(system, leader, self);
}

function rollBack(leader: Leader): void {
  leader.phase = Phase.rolling;
}

/** No channel is attached, and none is going to be within its 5 s. */
function isAlone({ rules }: System, leader: Leader): boolean {
  return rules.needsAttached && leader.seats.every(({ presence }) => presence === Presence.detached);
}

function isConnectedEverywhere(leader: Leader, generation: number): boolean {
  return leader.seats.every((seat) => seat.presence === Presence.detached || seat.adapter.link(generation).isUp);
}

function offerCommit(system: System, leader: Leader, self: string): void {
  const { kind, from, to } = leader;
  const isDone = leader.seats.map((seat) => seat.presence === Presence.attached && seat.who === to && !seat.owesAnswer);
  const isAsked = leader.seats.every((seat, k) => isDone[k] || seat.presence === Presence.detached);
  const isOff = kind === Stop.idle && system.rules.idleNeedsAll && hasLinkElsewhere(leader, from);
  const isEarly = system.has('commit-before-all') && isDone.includes(true);
  const mayCommit = leader.hasAttached || !system.rules.needsAttached;
  if ((isAsked && !isOff && mayCommit) || isEarly) {
    system.step(
      () => `${self} writes the commit: ${named(to)} serves`,
      () => {
        if (isFenced(system, leader)) commit(system, leader);
      },
    );
  }
  if (isOff && !leader.seats.some((seat) => seat.presence === Presence.grace)) {
    system.step(
      () => `${self} calls the idle-out off: a linked channel is detached`,
      () => rollBack(leader),
    );
  }
}

function commit(system: System, leader: Leader): void {
  const { redis } = system.world;
  const { from, to } = leader;
  redis.isCommitted = leader.isCommitted = 1;
  redis.serving = leader.serving = to;
  leader.phase = Phase.finishing;
  for (const { adapter } of leader.seats) {
    if (adapter.stream === leader.epoch && adapter.isEligible(from)) {
      system.violate('a commit was written while an attached adapter still had the old worker eligible');
    }
  }
  if (leader.kind !== Stop.replace) renewPermission(leader);
}

/** Every attached adapter has given eligibility back, after its answer; nothing is given back to a dead worker. */
function isGivenBack({ rules }: System, leader: Leader): boolean {
  const { from, to } = leader;
  if (rules.fromMayDie && leader.hasGone(from)) return true;
  return leader.seats.every((seat) => {
    if (!rules.rollAwaitsAsked) return !(seat.presence === Presence.attached && seat.who === to);
    if (seat.presence === Presence.grace) return false;
    return seat.presence === Presence.detached || (!seat.owesAnswer && seat.who === from);
  });
}

/** The old worker is gone and the attached adapters have told the last of what was in flight on it. */
function offerEnd(system: System, leader: Leader, self: string): void {
  const { kind, from } = leader;
  const attached = leader.seats.filter(({ adapter }) => adapter.stream === leader.epoch);
  if (kind === Stop.replace && attached.some(({ adapter }) => adapter.requests.some(({ isTagged }) => isTagged !== 0))) return;
  system.step(
    () => `${self} ends the recycle: ${named(from)} is gone`,
    () => {
      for (const { adapter, count } of attached) {
        const isCounted = kind === Stop.replace && count > 0 && adapter.lastFrom === from;
        if (isCounted && count - 1 !== adapter.lastEnded) system.violate('the receipt does not add up');
      }
      if (!isFenced(system, leader)) return;
      const isParkedSlot = kind === Stop.park && leader.serving === NOBODY;
      record(system, leader, Stop.none, NOBODY, NOBODY);
      if (isParkedSlot) setServing(system, leader, allocate(system));
    },
  );
}
