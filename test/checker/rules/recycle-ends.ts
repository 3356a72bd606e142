import type { History, Violation } from '../history.ts';
import { isEnd, type RecycleFacts, recyclesOf } from '../recycles.ts';

const broken = (message: string): Violation => ({ rule: 'every recycle ends', message });

/**
 * Every recycle ends, once, as completed or failed; a committed one is completed; one at a time runs in a slot.
 *
 * - One that parks work may fail after its commit: it ends with the next worker, which may die or be late.
 *
 * - A step may be told twice, and a first one not at all, when the leader died at that moment; an end may not be missing.
 */
export function checkRecyclesEnd(history: History): Violation[] {
  const recycles = recyclesOf(history);
  return [...recycles.flatMap(checkEnd), ...checkOneAtATime(history), ...checkReceiptsEnded(history)];
}

function checkEnd({ id, slot, steps }: RecycleFacts): Violation[] {
  if (steps.length === 0) return [];
  const found: Violation[] = [];
  const ends = new Set(steps.filter(isEnd).map(({ type }) => type));
  if (ends.size === 0) found.push(broken(`recycle ${id} of ${slot} began and never ended`));
  if (ends.size > 1) found.push(broken(`recycle ${id} of ${slot} ended as completed and as failed`));
  if (ends.has('recycle.failed') && steps.some(({ type, to }) => type === 'recycle.committed' && to !== '')) {
    found.push(broken(`recycle ${id} of ${slot} failed although it was committed`));
  }
  const end = steps.findIndex(isEnd);
  const later = steps.slice(end + 1).find((step) => !isEnd(step));
  if (end >= 0 && later) found.push(broken(`recycle ${id} of ${slot} ended, and then ${later.type} was told`));
  return found;
}

function checkOneAtATime({ events }: History): Violation[] {
  const running = new Map<string, string>();
  const found: Violation[] = [];
  for (const event of events) {
    if (event.recycle === '') continue;
    const { slot, recycle, type } = event;
    const other = running.get(slot);
    if (type === 'recycle.begun') {
      if (other !== undefined && other !== recycle) found.push(broken(`recycle ${recycle} of ${slot} began while ${other} was running`));
      running.set(slot, recycle);
    } else if (isEnd(event) && other === recycle) running.delete(slot);
  }
  return found;
}

function checkReceiptsEnded({ events, receipts }: History): Violation[] {
  const ends = new Map(events.filter(isEnd).map(({ recycle, type }) => [recycle, type.slice('recycle.'.length)]));
  return receipts.flatMap(({ id, slot, outcome, endedAtMs, startedAtMs }): Violation[] => {
    const told = ends.get(id);
    if (outcome === 'running' || endedAtMs === 0) return [broken(`the receipt of recycle ${id} of ${slot} says that it runs`)];
    if (told !== undefined && told !== outcome) return [broken(`recycle ${id} of ${slot} ${told}, its receipt says ${outcome}`)];
    return endedAtMs < startedAtMs ? [broken(`recycle ${id} of ${slot} ended before it began`)] : [];
  });
}
