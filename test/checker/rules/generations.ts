import type { History, Violation } from '../history.ts';
import { recyclesOf } from '../recycles.ts';
import { seatsOf } from '../seats.ts';

const broken = (message: string): Violation => ({ rule: 'generations rise', message });

/**
 * A worker has one slot and one generation wherever it is named; a generation is given once, each higher than those before it in the slot; and an
 * adapter goes back to a lower one only where a recycle was taken back.
 */
export function checkGenerations(history: History): Violation[] {
  const { found, generations } = checkNames(history);
  return [...found, ...checkRising(history), ...checkReceiptsRise(history), ...checkSeats(history, generations)];
}

interface Named {
  readonly worker: string;
  readonly slot: string;
  readonly generation: number;
}

function checkNames({ events, adapters, receipts, final }: History): { found: Violation[]; generations: Map<string, number> } {
  const named: Named[] = [
    ...events.filter(({ worker, generation }) => worker !== '' && generation > 0),
    ...adapters.flatMap(({ lines }) => lines.flatMap((line) => (line.kind === 'request' && line.n > 0 ? [line] : []))),
    ...receipts.map(({ oldWorker, oldGeneration, slot }) => ({ worker: oldWorker, generation: oldGeneration, slot })),
    ...receipts.map(({ newWorker, newGeneration, slot }) => ({ worker: newWorker, generation: newGeneration, slot })),
    ...(final?.workers ?? []).map(({ id, slot, generation }) => ({ worker: id, slot, generation })),
  ];
  const workers = new Map<string, string>();
  const owners = new Map<string, string>();
  const generations = new Map<string, number>();
  const found = new Set<string>();
  for (const { worker, slot, generation } of named) {
    if (worker === '' || generation === 0) continue;
    const place = `generation ${generation} of ${slot}`;
    if ((workers.get(worker) ?? place) !== place) found.add(`${worker} is ${workers.get(worker)} and ${place}`);
    if ((owners.get(place) ?? worker) !== worker) found.add(`${place} is ${owners.get(place)} and ${worker}`);
    workers.set(worker, place);
    owners.set(place, worker);
    generations.set(worker, generation);
  }
  return { found: [...found].map(broken), generations };
}

/** By the first event that names each worker. */
function checkRising({ events }: History): Violation[] {
  const highest = new Map<string, number>();
  const seen = new Set<string>();
  return events.flatMap(({ worker, slot, generation }) => {
    if (worker === '' || generation === 0 || seen.has(worker)) return [];
    seen.add(worker);
    const before = highest.get(slot) ?? 0;
    highest.set(slot, Math.max(before, generation));
    return generation > before ? [] : [broken(`${worker} of ${slot} got generation ${generation} after generation ${before}`)];
  });
}

function checkReceiptsRise({ receipts }: History): Violation[] {
  return receipts.flatMap(({ id, outcome, oldGeneration, newGeneration }) =>
    outcome === 'completed' && newGeneration <= oldGeneration
      ? [broken(`recycle ${id} completed from generation ${oldGeneration} to ${newGeneration}`)]
      : [],
  );
}

function checkSeats(history: History, generations: ReadonlyMap<string, number>): Violation[] {
  const takenBack = recyclesOf(history).filter(({ steps }) => steps.some(({ type }) => type === 'recycle.failed'));
  const keepers = new Set(takenBack.map(({ from }) => from));
  return history.adapters.flatMap(seatsOf).flatMap(({ adapter, slot, switches }) => {
    let highest = 0;
    return switches.flatMap(({ to, n }) => {
      const generation = generations.get(to) ?? 0;
      const isBack = generation > 0 && generation < highest && !keepers.has(to);
      highest = Math.max(highest, generation);
      return isBack
        ? [broken(`${adapter} went back to ${to} (generation ${generation}) of ${slot} at n ${n}, with no recycle taken back`)]
        : [];
    });
  });
}
