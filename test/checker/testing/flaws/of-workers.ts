import type { History } from '../../history.ts';
import { changeEvent, changeFinal, changeOver, commitAtOnce, isOf, isSwitch, same, swap } from './change-history.ts';
import type { Flaw } from './flaw.ts';

/** Of the rules about workers, from their generation to their end. */
export const WORKER_FLAWS: readonly Flaw[] = [
  {
    title: 'a generation is given twice',
    rule: 'generations rise',
    put: (history) => changeEvent(history, isOf('worker.starting'), same, (event) => ({ ...event, worker: 'w999' })),
  },
  {
    title: 'a generation goes back',
    rule: 'generations rise',
    put: (history) => {
      const second = history.events.find(({ type, generation }) => type === 'worker.starting' && generation > 1);
      const first = second && history.events.find(({ worker }) => worker !== '');
      return first && { ...history, events: [...swap(history.events, first, { ...second, type: 'worker.ready' }, first)] };
    },
  },
  {
    title: 'a worker changes its generation',
    rule: 'generations rise',
    put: (history) => changeEvent(history, isOf('worker.ready'), (event) => ({ ...event, generation: event.generation + 1_000 })),
  },
  {
    title: 'an adapter goes back to a worker that was replaced',
    rule: 'generations rise',
    put: (history) => {
      if (history.events.some(isOf('recycle.failed'))) return undefined;
      const log = history.adapters.find(({ lines }) => lines.filter(isSwitch).some(({ from, to }) => from !== '' && to !== ''));
      const last = log?.lines.filter(isSwitch).findLast(({ from, to }) => from !== '' && to !== '');
      if (!log || !last) return undefined;
      const back = { ...last, from: last.to, to: last.from, n: 1_000_000 };
      return { ...history, adapters: swap(history.adapters, log, { ...log, lines: [...log.lines, back] }) };
    },
  },
  {
    title: 'a recycle is committed before an adapter has answered',
    rule: 'no early commit',
    put: commitAtOnce,
  },
  {
    title: 'a recycle is committed while an adapter hands work to the old worker, and nobody says so',
    rule: 'no early commit',
    put: (history) => {
      const early = commitAtOnce(history);
      return early && { ...early, events: early.events.filter(({ type }) => type !== 'handover.done') };
    },
  },
  {
    title: 'a worker is told to stop while an adapter hands it work',
    rule: 'no early stop',
    put: putStop,
  },
  {
    title: 'a worker is lost from sight',
    rule: 'every worker has an owner',
    put: (history) =>
      changeFinal(history, ({ workers }) => (workers.length > 0 ? { workers: workers.slice(1), processes: [] } : undefined)),
  },
  {
    title: 'a process is left behind',
    rule: 'every worker has an owner',
    put: (history) => changeFinal(history, ({ processes }) => ({ processes: [...processes, { pid: 7, worker: 'w999', generation: 1 }] })),
  },
  {
    title: 'a worker that is known has no process',
    rule: 'every worker has an owner',
    put: (history) => changeFinal(history, ({ workers }) => (workers.length > 0 ? { processes: [] } : undefined)),
  },
  {
    title: 'a worker has another process than the one that is known',
    rule: 'every worker has an owner',
    put: (history) =>
      changeFinal(history, ({ workers, processes }) =>
        workers.length > 0 ? { processes: [...processes, { ...processes[0]!, pid: 7 }] } : undefined,
      ),
  },
  {
    title: 'a worker is on a host that is lost',
    rule: 'every worker has an owner',
    put: (history) => changeFinal(history, ({ workers }) => (workers.length > 0 ? { hosts: [] } : undefined)),
  },
  {
    title: 'a slot has two workers when all is calm',
    rule: 'every worker has an owner',
    put: (history) =>
      changeFinal(history, ({ workers, processes }) => {
        const [first] = workers;
        const twin = { id: 'w999', generation: 999, pid: 7 };
        return (
          first && {
            workers: [...workers, { ...first, ...twin }],
            processes: [...processes, { pid: 7, worker: 'w999', generation: 999 }],
          }
        );
      }),
  },
  {
    title: 'the next worker of a slot without overlap is started before the old one has ended',
    rule: 'no overlap',
    put: (history) => changeOver(history, (end, next) => [[{ ...next, atMs: end.atMs - 1 }, end], []]),
  },
  {
    title: 'a worker without overlap comes back to a slot that has the next one',
    rule: 'no overlap',
    put: (history) => changeOver(history, (end, next) => [[end], [next, { ...end, type: 'worker.returned', atMs: next.atMs + 1 }]]),
  },
];

/** While its own switch is the last one. */
function putStop(history: History): History | undefined {
  if (history.events.some(isOf('adapter.detached'))) return undefined;
  const line = history.adapters[0]?.lines.find((one) => isSwitch(one) && one.to !== '');
  const ready = line && isSwitch(line) && history.events.find(({ type, worker }) => type === 'worker.ready' && worker === line.to);
  if (!line || !ready) return undefined;
  const stop = { ...ready, type: 'worker.stopping', atMs: line.atMs + 1 };
  return {
    ...history,
    events: [...history.events.filter(({ atMs }) => atMs <= stop.atMs), stop, ...history.events.filter(({ atMs }) => atMs > stop.atMs)],
  };
}
