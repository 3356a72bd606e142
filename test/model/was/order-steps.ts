import { type Order, packOrder, packSuccessor, Verb } from '../state/messages.ts';
import { Life, NOBODY, Phase, Presence, Role, Stop, Told, Who } from '../state/words.ts';
import { named, type System } from '../system.ts';
import type { Leader } from './leader.ts';

/** Orders follow from what is wanted and what the host has reported, never from memory. */
export function offerOrders(system: System, leader: Leader, self: string): void {
  const { phase, serving, to } = leader;
  if (serving !== NOBODY && (phase === Phase.calm || phase === Phase.finishing)) offerStart(system, leader, serving, Role.activation, self);
  if (phase === Phase.starting && !leader.hasGone(to)) offerStart(system, leader, to, Role.replacement, self);
  for (const { worker, told } of leader.views) {
    const { generation } = worker;
    const isNeeded = generation === serving || (isRecycling(leader) && (generation === leader.from || generation === to));
    if (told !== Told.up || worker.life !== Life.up || isNeeded) continue;
    const order: Order = { verb: Verb.stop, generation, epoch: leader.epoch };
    if (system.world.host.isWaiting(order) || (system.rules.stopAfterSwitch && !isUnused(leader, generation))) continue;
    const isIdleOut = leader.kind === Stop.idle && generation === leader.from;
    offerOrder(system, order, packSuccessor(serving, isIdleOut), self);
  }
}

function isRecycling({ phase }: Leader): boolean {
  return phase === Phase.starting || phase === Phase.handing || phase === Phase.rolling;
}

/** In a slot without overlap the start waits until no other worker is left. */
function offerStart(system: System, leader: Leader, generation: number, role: number, self: string): void {
  const order: Order = { verb: Verb.start, generation, epoch: leader.epoch };
  const isBlocked = system.configuration.isWithoutOverlap && leader.views.some(({ worker }) => isOther(leader, worker.generation));
  if (isBlocked || leader.toldOf(generation) !== Told.unknown || system.world.worker(generation).life !== Life.unborn) return;
  if (!system.world.host.isWaiting(order)) offerOrder(system, order, role, self);
}

function isOther(leader: Leader, generation: number): boolean {
  return generation !== leader.serving && leader.hasUp(generation);
}

/** No adapter that is attached, or may still be, has it eligible or owes an answer that could say so. */
function isUnused(leader: Leader, generation: number): boolean {
  return leader.seats.every((seat) => {
    if (seat.presence === Presence.grace) return false;
    return seat.presence !== Presence.attached || !(seat.who === Who.unknown || seat.who === generation || seat.owesAnswer);
  });
}

function offerOrder(system: System, order: Order, detail: number, self: string): void {
  const { host } = system.world;
  const hasLastingIds = system.has('job-ids-survive');
  if (hasLastingIds && host.knowsName(order)) return;
  system.step(
    () => `${self} orders: ${order.verb === Verb.stop ? 'stop' : 'start'} ${named(order.generation)}`,
    () => {
      if (hasLastingIds) host.noteName(order);
      host.push(packOrder(order), detail);
    },
  );
}
