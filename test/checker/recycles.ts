import type { EventRecord, History } from './history.ts';

/** One recycle with all that is known of it. */
export interface RecycleFacts {
  readonly id: string;
  readonly slot: string;
  /** The worker that is replaced, and its replacement; empty while unknown. */
  readonly from: string;
  readonly to: string;
  /** Events of type recycle.*, in order. */
  readonly steps: readonly EventRecord[];
}

/** Gathers events and receipts by recycle, in the order in which they were first heard of. */
export function recyclesOf({ events, receipts }: History): RecycleFacts[] {
  const ids = new Set([...events.map(({ recycle }) => recycle), ...receipts.map(({ id }) => id)]);
  const known = new Map(receipts.map((receipt) => [receipt.id, receipt]));
  ids.delete('');
  const steps = Map.groupBy(
    events.filter(({ type }) => type.startsWith('recycle.')),
    ({ recycle }) => recycle,
  );
  return [...ids].flatMap((id) => {
    const own = steps.get(id) ?? [];
    const receipt = known.get(id);
    if (own.length === 0 && !receipt) return []; // a correction outside a recycle
    const told = (field: 'slot' | 'from' | 'to') => own.find((event) => event[field] !== '')?.[field] ?? '';
    return [
      {
        id,
        slot: receipt?.slot || told('slot'),
        from: receipt?.oldWorker || told('from'),
        to: receipt?.newWorker || told('to'),
        steps: own,
      },
    ];
  });
}

export const isEnd = ({ type }: EventRecord): boolean => type === 'recycle.completed' || type === 'recycle.failed';
