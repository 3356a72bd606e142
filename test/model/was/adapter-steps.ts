import { register } from '../adapter/register.ts';
import { Down, packToAdapter, type ToWas, Up, unpackToWas } from '../state/messages.ts';
import { Ask, NOBODY, Phase, Presence, Stop, Who } from '../state/words.ts';
import { named, type System } from '../system.ts';
import type { Leader, Seat } from './leader.ts';
import { allocate, isFenced, setServing } from './write.ts';

/** What the leader does with one adapter: registration, its messages, Handover where another worker is wanted, permission. */
export function offerSeatSteps(system: System, leader: Leader, seat: Seat, self: string): void {
  const { adapter, presence } = seat;
  const { epoch } = leader;
  const isMine = adapter.stream === epoch;
  if (adapter.isDead === 0 && adapter.stream < epoch && epoch >= adapter.seen) {
    system.step(
      () => `${adapter.name} registers with ${self} and reports ${named(adapter.eligibleGeneration)} eligible`,
      () => register(system, adapter, leader),
    );
  }
  if (!isMine && presence === Presence.grace) {
    system.offer(
      'timer',
      () => `5 s: ${self} counts the channel of ${adapter.name} as detached`,
      () => {
        seat.presence = Presence.detached;
      },
    );
  }
  if (isMine && adapter.toWas.first !== 0) offerReading(system, leader, seat, self);
  if (adapter.openNumber !== 0 && adapter.openTo === leader.epoch && leader.phase !== Phase.recovering)
    offerOpen(system, leader, seat, self);
  offerHandover(system, leader, seat, self);
  if (presence === Presence.attached && isEmptyAndOpen(leader) && seat.who !== Who.unknown && seat.permitted === 0) {
    system.step(
      () => `${self} permits ${adapter.name} to open`,
      () => {
        adapter.fromWas.push(packToAdapter({ type: Down.mayOpen, from: NOBODY, to: leader.permission }));
        seat.permitted = leader.permission;
      },
    );
  }
}

/** No worker serves, and an Open would start one. Without overlap the slot has to be empty first. */
function isEmptyAndOpen({ phase, kind, serving }: Leader): boolean {
  return (phase === Phase.calm || (phase === Phase.finishing && kind !== Stop.park)) && serving === NOBODY;
}

/** An Open with the present permission starts the worker of an empty slot; any other starts nothing, and its adapter keeps its stream. */
function offerOpen(system: System, leader: Leader, seat: Seat, self: string): void {
  const { adapter } = seat;
  const { openNumber } = adapter;
  const isPresent = openNumber === leader.permission || !system.rules.permissionNumbered;
  const starts = isPresent && isEmptyAndOpen(leader);
  system.step(
    () => `${self} reads Open ${openNumber} of ${adapter.name}: ${starts ? 'a worker is wanted' : 'no worker is wanted'}`,
    () => {
      adapter.openNumber = 0;
      adapter.openTo = 0;
      if (isPresent) seat.permitted = 0;
      if (!starts || !isFenced(system, leader)) return;
      const isForNobody = openNumber !== leader.permission && !adapter.hasParked;
      if (isForNobody) system.violate('an Open whose work was done long ago started a worker');
      setServing(system, leader, allocate(system));
    },
  );
}

function offerReading(system: System, leader: Leader, seat: Seat, self: string): void {
  const { adapter } = seat;
  const message = unpackToWas(adapter.toWas.first);
  const word = ['', 'the report', 'done', 'notReady', 'busy'][message.type];
  const number = message.type === Up.done ? ` (inFlight ${message.inFlight})` : '';
  system.step(
    () => `${self} reads ${word} of ${adapter.name}${number}`,
    () => {
      adapter.toWas.shift();
      readAnswer(leader, seat, message);
    },
  );
}

function readAnswer(leader: Leader, seat: Seat, { type, generation, inFlight }: ToWas): void {
  const { phase, kind } = leader;
  const { ask } = seat;
  const isToNobody = phase === Phase.handing && kind !== Stop.replace;
  seat.ask = type === Up.notReady ? Ask.notReady : Ask.none;
  if (type === Up.report || type === Up.done) {
    // Nobody was eligible there before this stop asked: that is no answer to it.
    const isFromBefore = (type === Up.report || ask === Ask.former) && generation === NOBODY && isToNobody;
    seat.who = isFromBefore ? Who.notAsked : generation;
  }
  if (type === Up.done && ask === Ask.open && phase === Phase.handing) seat.count = inFlight + 1;
  if (kind === Stop.replace) {
    const isLateDone = phase === Phase.finishing && generation === leader.serving && (type === Up.done || type === Up.report);
    const isReportedDone = phase === Phase.handing && generation === leader.to && type === Up.report;
    if (isLateDone || isReportedDone) seat.count = inFlight + 1;
  }
  if (type === Up.busy && ask === Ask.open && phase === Phase.handing && kind === Stop.idle) leader.phase = Phase.rolling;
}

/** Who should be eligible everywhere; undefined: the leader has nothing to say yet. */
function wantedEligible({ phase, to, from, serving }: Leader): number | undefined {
  if (phase === Phase.handing) return to;
  if (phase === Phase.rolling) return from;
  return phase === Phase.calm || phase === Phase.finishing ? serving : undefined;
}

/** Handover goes wherever the eligible worker is not the one wanted; outside a recycle as soon as that one is connected there. */
function offerHandover(system: System, leader: Leader, seat: Seat, self: string): void {
  const { phase, kind, from } = leader;
  const { adapter, ask, who } = seat;
  const wanted = wantedEligible(leader);
  if (wanted === undefined || seat.presence !== Presence.attached || seat.owesAnswer) return;
  if (who === Who.unknown || who === wanted) return;
  const isInRecycle = phase === Phase.handing || phase === Phase.rolling;
  if (!isInRecycle && !system.rules.reconcile) return;
  if (wanted !== NOBODY && !(leader.hasUp(wanted) && (isInRecycle || adapter.link(wanted).isUp))) return;
  if (phase === Phase.rolling && leader.hasGone(from)) return;
  const isIfIdle = phase === Phase.handing && kind === Stop.idle;
  const source = phase === Phase.handing ? from : who;
  system.offer(
    ask === Ask.notReady ? 'timer' : 'part',
    () => `${self} sends Handover ${named(source)} to ${named(wanted)} to ${adapter.name}`,
    () => {
      adapter.fromWas.push(packToAdapter({ type: isIfIdle ? Down.handoverIfIdle : Down.handover, from: source, to: wanted }));
      seat.ask = Ask.open;
    },
  );
}
