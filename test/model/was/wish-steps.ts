import { Phase, Presence, Stop, Told } from '../state/words.ts';
import { named, type System } from '../system.ts';
import type { Leader } from './leader.ts';
import { begin } from './write.ts';

/** What is wanted from outside reaches the leader that really leads: recycles, changes of the configuration, idle-outs. */
export function offerWishes(system: System, leader: Leader, self: string): void {
  const { world, rules } = system;
  const { redis, outlook } = world;
  if (leader.epoch !== redis.epoch) return;
  const { phase, serving } = leader;
  const isUp = leader.toldOf(serving) === Told.up;
  const mayBegin = leader.hasAttached || !rules.needsAttached;
  if (leader === world.leader && outlook.recycles > 0) {
    if (phase === Phase.calm && isUp && mayBegin) {
      system.happens(
        () => `a recycle is wanted: ${named(redis.to || redis.from)}`,
        () => {
          outlook.recycles--;
          begin(system, leader, kindOfRecycle(system));
        },
      );
    } else if (phase !== Phase.calm && leader.kind !== Stop.none && redis.isChangeWaiting === 0) {
      system.happens(
        () => 'the configuration changes during a recycle',
        () => {
          outlook.recycles--;
          redis.isChangeWaiting = 1;
        },
      );
    }
  }
  if (leader === world.leader && outlook.idles > 0 && phase === Phase.calm && isUp && mayBegin) {
    if (!(rules.idleNeedsAll && hasLinkElsewhere(leader, serving))) {
      system.happens(
        () => `${named(serving)} says that it is idle`,
        () => {
          outlook.idles--;
          begin(system, leader, Stop.idle);
        },
      );
    }
  }
  const isStarting = serving !== 0 && leader.toldOf(serving) === Told.unknown;
  if (phase === Phase.calm && redis.isChangeWaiting !== 0 && !isStarting && (mayBegin || !isUp)) {
    system.step(
      () => `${self} lets the configuration change follow`,
      () => {
        redis.isChangeWaiting = 0;
        if (isUp) begin(system, leader, kindOfRecycle(system));
      },
    );
  }
}

/** The worker has a link on a channel whose adapter nobody can ask. */
export function hasLinkElsewhere(leader: Leader, generation: number): boolean {
  return leader.seats.some((seat) => seat.presence !== Presence.attached && seat.adapter.link(generation).isOpen);
}

function kindOfRecycle(system: System): number {
  return system.configuration.isWithoutOverlap ? Stop.park : Stop.replace;
}
