import { attachmentOf, SKEW_MS } from '../attachment.ts';
import type { EventRecord, History, RuleName, Violation } from '../history.ts';
import { recyclesOf } from '../recycles.ts';
import { eligibleAt, seatsOf } from '../seats.ts';

/**
 * No commit, and no order to stop, while an attached adapter still hands work to the old worker (handover.md, Hand-over 2).
 *
 * - Seen twice: by the times in the adapters' logs, and by the order of WAS's own events.
 */
export function checkCommits(history: History): Violation[] {
  const recycles = new Map(recyclesOf(history).map((recycle) => [recycle.id, recycle]));
  const desks = history.adapters.map((log) => ({ log, seats: seatsOf(log) }));
  const isRequired = attachmentOf(history.events);
  return history.events.flatMap((event, position) => {
    if (event.type === 'worker.stopping') return stillEligible(event, event.worker, 'no early stop');
    if (event.type !== 'recycle.committed') return [];
    const from = event.from || recycles.get(event.recycle)?.from || '';
    return [...stillEligible(event, from, 'no early commit'), ...lateAnswers(event, position)];
  });

  function stillEligible({ type, slot, atMs }: EventRecord, worker: string, rule: RuleName): Violation[] {
    return desks.flatMap(({ log, seats }): Violation[] => {
      if (worker === '' || !isRequired(log, atMs)) return [];
      const seat = seats.find((one) => one.slot === slot);
      if (!seat || eligibleAt(seat, atMs + SKEW_MS) !== worker) return [];
      return [{ rule, message: `${type} of ${slot} was told while ${worker} was eligible on ${log.adapter}` }];
    });
  }

  /** The first answer of an adapter that was attached came after the commit that needed it. */
  function lateAnswers({ recycle, atMs }: EventRecord, position: number): Violation[] {
    const isAnswer = (event: EventRecord) => event.type === 'handover.done' && event.recycle === recycle;
    const early = new Set(
      history.events
        .slice(0, position)
        .filter(isAnswer)
        .map(({ channel }) => channel),
    );
    const late = history.events.slice(position).filter((event) => isAnswer(event) && !early.has(event.channel));
    return late.flatMap(({ channel }): Violation[] => {
      const desk = desks.find(({ log }) => channel.startsWith(`${log.adapter}/`));
      if (!desk || !isRequired(desk.log, atMs)) return [];
      return [{ rule: 'no early commit', message: `recycle ${recycle} was committed before channel ${channel} had answered` }];
    });
  }
}
