import { NOBODY, Phase } from '../state/words.ts';
import { named, type System } from '../system.ts';
import { offerSeatSteps } from './adapter-steps.ts';
import type { Leader } from './leader.ts';
import { offerOrders } from './order-steps.ts';
import { offerRecycleSteps } from './recycle-steps.ts';
import { becomeFormer, hasNews, learnAll, recover, takeOver } from './take-over.ts';
import { offerWishes } from './wish-steps.ts';
import { allocate, isFenced, renewPermission, setServing } from './write.ts';

/** Leaders come and go; those that there are act. */
export function offerWasSteps(system: System): void {
  const { leaders, leader, redis } = system.world;
  const next = redis.epoch + 1;
  if (leader.epoch === 0)
    system.step(
      () => `a new leader takes over with epoch ${next}`,
      () => void takeOver(system),
    );
  else {
    const { epoch } = leader;
    system.goesWrong(
      'leader',
      () => `the leader (epoch ${epoch}) dies`,
      () => leader.die(),
    );
  }
  const former = leaders[1];
  if (former && leader.epoch !== 0 && former.epoch === 0) {
    system.goesWrong(
      'usurp',
      () => `a new leader takes over with epoch ${next}; the old one has not noticed`,
      () => {
        becomeFormer(system);
        takeOver(system);
      },
    );
  }
  if (former && former.epoch !== 0) {
    const { epoch } = former;
    system.step(
      () => `the old leader (epoch ${epoch}) notices and steps down`,
      () => former.die(),
    );
  }
  for (const each of leaders) if (each.epoch !== 0) offerLeaderSteps(system, each);
}

function offerLeaderSteps(system: System, leader: Leader): void {
  const self = system.world.leaders.length > 1 ? `WAS ${leader.epoch}` : 'WAS';
  offerHostReports(system, leader, self);
  for (const seat of leader.seats) offerSeatSteps(system, leader, seat, self);
  if (leader.phase === Phase.recovering || leader.knowsHost === 0) return;
  offerOrders(system, leader, self);
  offerWishes(system, leader, self);
  offerRecycleSteps(system, leader, self);
  offerCrash(system, leader, self);
}

function offerHostReports(system: System, leader: Leader, self: string): void {
  const { host } = system.world;
  const { epoch } = leader;
  if (host.stream !== epoch && epoch >= host.seen) {
    system.step(
      () => `the host reports all its workers to WAS (epoch ${epoch})`,
      () => {
        host.stream = epoch;
        host.seen = epoch;
        learnAll(leader);
        if (leader.phase === Phase.recovering) recover(system, leader);
      },
    );
  }
  if (host.stream === epoch && hasNews(leader)) {
    system.step(
      () => `${self} hears from the host what became of its workers`,
      () => learnAll(leader),
    );
  }
}

/** The serving worker died: WAS starts a replacement if work was reported, else it gives permission; never both. */
function offerCrash(system: System, leader: Leader, self: string): void {
  const { phase, serving } = leader;
  if (!(phase === Phase.calm || phase === Phase.finishing) || !leader.hasGone(serving)) return;
  const isWorkReported = leader.seats.some(({ adapter }) => adapter.stream === leader.epoch && adapter.hasParked);
  if (isWorkReported) {
    system.step(
      () => `${self} starts a replacement: ${named(serving)} died and work is reported`,
      () => {
        if (isFenced(system, leader)) setServing(system, leader, allocate(system));
      },
    );
  }
  system.step(
    () => `${self} notes that ${named(serving)} died and gives permission`,
    () => {
      if (!isFenced(system, leader)) return;
      setServing(system, leader, NOBODY);
      for (const seat of leader.seats) if (seat.who === serving) seat.who = NOBODY;
      renewPermission(leader);
    },
  );
}
