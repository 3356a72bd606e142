import { Life, Phase, Presence, Stop, Told, Who } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Leader } from './leader.ts';

/** A new leader reads what is saved, and decides nothing until the host has reported. */
export function takeOver({ world, rules }: System): number {
  const { redis, leader } = world;
  leader.die();
  redis.epoch++;
  leader.epoch = redis.epoch;
  leader.phase = Phase.recovering;
  leader.kind = redis.kind;
  leader.from = redis.from;
  leader.to = redis.to;
  leader.isCommitted = redis.isCommitted;
  leader.serving = redis.serving;
  leader.permission = 1;
  for (const seat of leader.seats) {
    const isSaved = seat.adapter.hasOpened !== 0 || seat.adapter.isDead !== 0;
    seat.presence = rules.graceAtTakeover && isSaved ? Presence.grace : Presence.detached;
    seat.who = Who.unknown;
  }
  return leader.epoch;
}

/** The present leader becomes one that was replaced and has not noticed. */
export function becomeFormer({ world }: System): void {
  const [leader, former] = world.leaders;
  former!.becomeLike(leader!);
}

/** The host tells everything it knows of its workers. */
export function learnAll(leader: Leader): void {
  for (const view of leader.views) view.told = toldAs(view.worker.life);
  leader.knowsHost = 1;
}

/** Whether the leader was told less than there is to tell. */
export function hasNews(leader: Leader): boolean {
  return leader.views.some((view) => view.told !== toldAs(view.worker.life));
}

/** Finds the way out of what the former leader left: finish what is committed, go on where only the replacement lives, else roll back. */
export function recover({ rules }: System, leader: Leader): void {
  const goesOn = rules.fromMayDie && leader.kind === Stop.replace && leader.hasGone(leader.from) && leader.toldOf(leader.to) === Told.up;
  if (leader.kind === Stop.none) leader.phase = Phase.calm;
  else if (leader.isCommitted !== 0) leader.phase = Phase.finishing;
  else leader.phase = goesOn ? Phase.starting : Phase.rolling;
}

function toldAs(life: number): number {
  if (life === Life.unborn) return Told.unknown;
  if (life === Life.up) return Told.up;
  return life === Life.stopping ? Told.stopping : Told.gone;
}
