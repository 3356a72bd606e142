import { entriesOf } from '../../cluster/pool.ts';
import { isParked } from '../../cluster/slot.ts';
import type { Worker } from '../../cluster/worker.ts';
import { chooseHost } from '../../place/place.ts';
import { isLost } from '../../worker/record.ts';
import type { Action } from '../actions.ts';
import { isOpen, type SlotFacts } from '../facts.ts';

/** An always-running pool wants a worker in each slot as soon as an adapter is there to use it. */
export function keepRunning(facts: SlotFacts): Action | undefined {
  const { slot, pool, channels } = facts;
  if (!isOpen(facts) || slot.serving !== '' || slot.start || pool.config.startMode !== 'alwaysRunning') return undefined;
  return channels.some(({ presence }) => presence === 'attached') ? { do: 'want', reason: 'always-running' } : undefined;
}

/** A wanted start is decided when its time has come; one that waits for its time is dropped when the work has gone meanwhile. */
export function start(facts: SlotFacts): Action | undefined {
  const { now, slot, isNeeded } = facts;
  if (!isOpen(facts) || slot.serving !== '' || !slot.start || isParked(slot) || facts.isIdentityAwaited) return undefined;
  if (now >= slot.start.notBeforeMs) return { do: 'start', reason: slot.start.reason };
  return isNeeded || slot.start.reason === 'host-lost' ? { do: 'wait', untilMs: slot.start.notBeforeMs } : { do: 'unwant' };
}

/**
 * A decided worker goes to the host with the most room; a replacement to another host than the old worker's whenever one can take it.
 * Without a host it waits, and says so. In a pool without overlap it waits for the end of every other worker of the slot, too.
 */
export function place(facts: SlotFacts): Action | undefined {
  const { now, slot, workers, hosts, load, pool } = facts;
  const worker = workers.find(({ record }) => record.state === 'placing' && !record.isRejected);
  if (!worker || facts.isIdentityAwaited || mustWait(worker, facts)) return undefined;
  const { id } = worker.record;
  const old = slot.change?.stored.to === id ? workers.find(({ record }) => record.id === slot.change!.stored.from) : undefined;
  const choice = chooseHost(hosts, load, entriesOf(pool), now, old?.record.host);
  if (choice.host !== undefined) return { do: 'place', workerId: id, hostId: choice.host };
  return worker.waitsFor === choice.reason ? undefined : { do: 'move', workerId: id, event: 'noHost', cause: choice.reason };
}

/** No overlap: the start is ordered only when the slot is empty. A lost host has ended its worker of such a pool by itself. */
function mustWait({ record }: Worker, { pool, workers }: SlotFacts): boolean {
  if (!pool.config.recycling.disallowOverlappingRotation || record.role !== 'activation') return false;
  return workers.some((other) => other.record.id !== record.id && !isLost(other.record));
}
