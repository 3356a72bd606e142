import { Ask, NOBODY, Phase, Stop, Who } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Leader } from './leader.ts';

/** Whether this leader may still write: the epoch is its own. One that may not steps down at once. */
export function isFenced({ world }: System, leader: Leader): boolean {
  if (leader.epoch === world.redis.epoch) return true;
  leader.die();
  return false;
}

/** The next generation of the slot; part of the write that saves its worker. */
export function allocate(system: System): number {
  const { redis } = system.world;
  const generation = redis.nextGeneration;
  if (generation > system.configuration.generations) {
    system.violate('more generations were started than there were causes');
    return system.configuration.generations;
  }
  redis.nextGeneration++;
  return generation;
}

/** Saves the running planned stop; kind none ends it. Answers still under way belong to a former one from now on. */
export function record(system: System, leader: Leader, kind: number, from: number, to: number): void {
  const { redis } = system.world;
  redis.kind = leader.kind = kind;
  redis.from = leader.from = from;
  redis.to = leader.to = to;
  redis.isCommitted = leader.isCommitted = 0;
  if (kind === Stop.none) leader.phase = Phase.calm;
  for (const seat of leader.seats) {
    seat.count = 0;
    if (system.rules.answersNamed && seat.ask === Ask.open) seat.ask = Ask.former;
  }
}

/** Begins a planned stop of the serving worker. Only a replacement needs time to start. */
export function begin(system: System, leader: Leader, kind: number): void {
  record(system, leader, kind, leader.serving, kind === Stop.replace ? allocate(system) : NOBODY);
  leader.phase = kind === Stop.replace ? Phase.starting : Phase.handing;
  if (kind === Stop.replace) return;
  for (const seat of leader.seats) if (seat.who === NOBODY) seat.who = Who.notAsked;
}

/** The slot is empty: every adapter is to get a new permission, and what is left of the former one counts no more. */
export function renewPermission(leader: Leader): void {
  leader.permission++;
  for (const seat of leader.seats) seat.permitted = 0;
}

/** Names the serving worker outside a recycle. Adapters that had the former one eligible take an activation by themselves. */
export function setServing(system: System, leader: Leader, generation: number): void {
  const former = leader.serving;
  system.world.redis.serving = leader.serving = generation;
  for (const seat of leader.seats) if (seat.who === former && generation !== NOBODY) seat.who = generation;
}
