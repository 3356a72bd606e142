import { chooseHost } from '../../place/place.ts';
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
  if (!isOpen(facts) || slot.serving !== '' || !slot.start) return undefined;
  if (now >= slot.start.notBeforeMs) return { do: 'start', reason: slot.start.reason };
  return isNeeded || slot.start.reason === 'host-lost' ? { do: 'wait', untilMs: slot.start.notBeforeMs } : { do: 'unwant' };
}

/** A decided worker goes to the host with the most room. Without one it waits, and says so. */
export function place({ now, workers, hosts, load, pool }: SlotFacts): Action | undefined {
  const worker = workers.find(({ record }) => record.state === 'placing');
  if (!worker) return undefined;
  const { id } = worker.record;
  const choice = chooseHost(hosts, load, pool.apps[0]?.entry ?? '', now);
  if (choice.host !== undefined) return { do: 'place', workerId: id, hostId: choice.host };
  return worker.waitsFor === choice.reason ? undefined : { do: 'move', workerId: id, event: 'noHost', cause: choice.reason };
}
