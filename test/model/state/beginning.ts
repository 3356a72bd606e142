import { FAULTS } from '../faults.ts';
import type { System } from '../system.ts';
import { Life, Line, Presence, Told, Who } from './words.ts';

/** Sets the first state: one leader, and unless it is cold the first generation, eligible and connected on both adapters. */
export function setBeginning({ world, configuration }: System): void {
  const { redis, leader, host, budget, outlook } = world;
  const { isCold = false, bIsLate = false, bIsUnconnected = false } = configuration;
  redis.epoch = leader.epoch = host.stream = host.seen = 1;
  leader.knowsHost = leader.permission = 1;
  redis.nextGeneration = isCold ? 1 : 2;
  for (const adapter of world.adapters) {
    const seat = leader.seat(adapter);
    if (bIsLate && adapter.name === 'B') {
      seat.who = Who.unknown;
      continue;
    }
    adapter.stream = adapter.seen = adapter.hasOpened = 1;
    seat.presence = Presence.attached;
    if (isCold) continue;
    seat.who = 1;
    if (bIsUnconnected && adapter.name === 'B') continue;
    adapter.makeOnlyEligible(1);
    adapter.link(1).line = Line.up;
  }
  if (!isCold) {
    redis.serving = leader.serving = 1;
    world.worker(1).life = Life.up;
    leader.views[0]!.told = Told.up;
  }
  budget.together = configuration.faults ?? 1;
  for (const fault of FAULTS) budget[fault] = configuration.budget?.[fault] ?? 0;
  outlook.recycles = configuration.recycles ?? 0;
  outlook.idles = configuration.idles ?? 0;
}
