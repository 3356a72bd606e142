import { Up } from '../state/messages.ts';
import { Ask, NOBODY, Presence, Who } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Leader, Seat } from '../was/leader.ts';
import type { Adapter } from './adapter.ts';

/** The adapter registers with a leader, drops what the stream of an older epoch has left, and reports who is eligible. */
export function register(system: System, adapter: Adapter, leader: Leader): void {
  for (const former of system.world.leaders) {
    if (former.epoch !== 0 && former.epoch === adapter.stream) loseSeat(former.seat(adapter));
  }
  adapter.stream = leader.epoch;
  adapter.seen = leader.epoch;
  adapter.permission = 0;
  adapter.hasOpened = 1;
  adapter.formerMessages = 0;
  if (system.has('adapter-obeys-old-leader')) adapter.formerMessages = adapter.fromWas.length;
  else adapter.fromWas.clear();
  adapter.toWas.clear();
  const seat = leader.seat(adapter);
  loseSeat(seat);
  seat.presence = Presence.attached;
  adapter.tellWas({ type: Up.report, generation: adapter.eligibleGeneration, inFlight: inFlightToReport(system, adapter) });
}

/** The stream of an adapter is lost; its 5 s begin. */
export function loseStream(adapter: Adapter, leader: Leader | undefined): void {
  adapter.stream = 0;
  adapter.fromWas.clear();
  adapter.toWas.clear();
  if (leader) loseSeat(leader.seat(adapter));
}

function loseSeat(seat: Seat): void {
  seat.presence = Presence.grace;
  seat.ask = Ask.none;
  seat.who = Who.unknown;
  seat.permitted = 0;
  seat.count = 0;
}

function inFlightToReport({ rules }: System, adapter: Adapter): number {
  const isOfLastHandover = adapter.lastFrom !== NOBODY && adapter.lastTo === adapter.eligibleGeneration;
  if (!isOfLastHandover) return 0;
  return rules.rememberAnswer ? adapter.lastInFlight : adapter.lastInFlight - adapter.lastEnded;
}
