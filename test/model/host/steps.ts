import { type Order, unpackOrder, Verb } from '../state/messages.ts';
import { Leaving, Life } from '../state/words.ts';
import type { System } from '../system.ts';

/** The host takes orders one after the other: it reads the epoch, then compares and enters in one step. */
export function offerHostSteps(system: System): void {
  const { host, redis } = system.world;
  if (host.firstOrder !== 0) {
    const order = unpackOrder(host.firstOrder);
    if (!system.configuration.hasSlowRead) offerTaking(system, order, redis.epoch);
    else if (host.read !== 0) offerTaking(system, order, host.read);
    else {
      const { epoch } = redis;
      system.step(
        () => `the host reads epoch ${epoch} from Redis for an order`,
        () => {
          host.read = epoch;
        },
      );
    }
    if (host.late === 0) {
      system.goesWrong(
        'late',
        () => `the order ${inWords(order)} is delayed`,
        () => {
          host.late = host.firstOrder;
          host.lateDetail = host.shift();
          host.read = 0;
        },
      );
    }
  }
  if (host.late !== 0) {
    const order = unpackOrder(host.late);
    system.step(
      () => `the delayed order ${inWords(order)} arrives`,
      () => {
        host.push(host.late, host.lateDetail);
        host.late = 0;
        host.lateDetail = 0;
      },
    );
  }
}

function offerTaking(system: System, order: Order, read: number): void {
  const { rules, world } = system;
  const { host } = world;
  const { epoch } = order;
  const isBelowRead = epoch < read;
  const isBelowSeen = epoch < host.seen;
  const isStale = system.has('host-checks-only-seen') ? isBelowSeen : isBelowRead || (rules.checkAtEntry && isBelowSeen);
  system.step(
    () => `the host ${isStale ? 'drops as stale' : 'enters'}: ${inWords(order)}`,
    () => {
      const detail = host.shift();
      host.read = 0;
      if (isStale) {
        // The newest leader cannot be stale; one that was replaced learns it here.
        const former = world.leaders.find((leader) => leader !== world.leader && leader.epoch === epoch);
        if (rules.staleStepsDown) former?.die();
        return;
      }
      if (isBelowSeen || isBelowRead) system.violate('a stale order had an effect');
      enter(system, order, detail);
      host.seen = Math.max(host.seen, epoch);
    },
  );
}

/** Enters an order in the slot table; entering it once more does nothing. */
function enter(system: System, { verb, generation }: Order, detail: number): void {
  const { redis, adapters } = system.world;
  const worker = system.world.worker(generation);
  if (verb === Verb.start) {
    if (worker.life !== Life.unborn) return;
    worker.life = Life.up;
    worker.role = detail;
    return;
  }
  if (worker.life === Life.unborn) worker.life = Life.cancelled;
  if (worker.life !== Life.up) return;
  const isStillNeeded = redis.kind !== 0 && redis.isCommitted === 0 && generation === redis.from;
  if (generation === redis.serving || isStillNeeded) system.violate('the serving worker, or one not yet replaced, was told to stop');
  worker.life = Life.stopping;
  worker.stopDetail = detail;
  if (!system.rules.leaving) return;
  for (const adapter of adapters) {
    const link = adapter.link(generation);
    if (link.isOpen) link.leaving = Leaving.said;
  }
}

function inWords({ verb, generation, epoch }: Order): string {
  return `${verb === Verb.stop ? 'stop' : 'start'} g${generation} (epoch ${epoch})`;
}
