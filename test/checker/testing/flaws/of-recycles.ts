import { changeEvent, changeReceipt, isOf, same } from './change-history.ts';
import type { Flaw } from './flaw.ts';

/** Of the rules about recycles, their receipts and the answers of adapters. */
export const RECYCLE_FLAWS: readonly Flaw[] = [
  {
    title: 'a recycle never ends',
    rule: 'every recycle ends',
    put: (history) => changeEvent(history, ({ type }) => /^recycle\.(completed|failed)$/.test(type)),
  },
  {
    title: 'a recycle ends both ways',
    rule: 'every recycle ends',
    put: (history) => changeEvent(history, isOf('recycle.completed'), same, (event) => ({ ...event, type: 'recycle.failed' })),
  },
  {
    title: 'a committed recycle fails',
    rule: 'every recycle ends',
    put: (history) => {
      const commit = history.events.find(({ type, to }) => type === 'recycle.committed' && to !== '');
      if (!commit) return undefined;
      const events = history.events.map((event) =>
        event.type === 'recycle.completed' && event.recycle === commit.recycle ? { ...event, type: 'recycle.failed' } : event,
      );
      const receipts = history.receipts.map((receipt) => (receipt.id === commit.recycle ? { ...receipt, outcome: 'failed' } : receipt));
      return { ...history, events, receipts };
    },
  },
  {
    title: 'two recycles of a slot run at a time',
    rule: 'every recycle ends',
    put: (history) => changeEvent(history, isOf('recycle.begun'), same, (event) => ({ ...event, recycle: 'second', from: '' })),
  },
  {
    title: 'a receipt says that it still runs',
    rule: 'every recycle ends',
    put: (history) =>
      changeReceipt(
        history,
        () => true,
        () => ({ outcome: 'running', endedAtMs: 0 }),
      ),
  },
  {
    title: 'a receipt says another outcome than the event',
    rule: 'every recycle ends',
    put: (history) =>
      changeReceipt(
        history,
        ({ outcome }) => outcome === 'completed',
        () => ({ outcome: 'failed' }),
      ),
  },
  {
    title: 'a receipt forgets a request',
    rule: 'receipts add up',
    put: (history) =>
      changeReceipt(
        history,
        ({ finished }) => finished > 0,
        ({ finished }) => ({ finished: finished - 1 }),
      ),
  },
  {
    title: 'a receipt says failed of a request that was answered',
    rule: 'receipts add up',
    put: (history) =>
      changeReceipt(
        history,
        ({ finished }) => finished > 0,
        ({ finished, failed }) => ({ finished: finished - 1, failed: failed + 1 }),
      ),
  },
  {
    title: 'a receipt says moved of a request that the old worker ended',
    rule: 'receipts add up',
    put: (history) =>
      changeReceipt(
        history,
        ({ finished }) => finished > 0,
        ({ finished, moved }) => ({ finished: finished - 1, moved: moved + 1 }),
      ),
  },
  {
    title: 'a receipt counts one more than the adapters answered',
    rule: 'receipts add up',
    put: (history) =>
      changeReceipt(
        history,
        () => true,
        ({ moved, inFlightAtHandover }) => ({ moved: moved + 1, inFlightAtHandover: inFlightAtHandover + 1 }),
      ),
  },
  {
    title: 'a receipt is incomplete for no reason',
    rule: 'receipts add up',
    put: (history) =>
      history.events.some(isOf('adapter.detached'))
        ? undefined
        : changeReceipt(
            history,
            () => true,
            () => ({ isIncomplete: true }),
          ),
  },
  {
    title: 'an adapter answers that it has switched, and has not',
    rule: 'answers were obeyed',
    put: (history) => changeEvent(history, isOf('handover.done'), same, (event) => ({ ...event, to: 'w999' })),
  },
  {
    title: 'an adapter answers another number than it counted',
    rule: 'answers were obeyed',
    put: (history) => changeEvent(history, isOf('handover.done'), (event) => ({ ...event, inFlight: event.inFlight + 1 })),
  },
];
