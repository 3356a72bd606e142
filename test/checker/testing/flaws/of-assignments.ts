import { isSwitch, putLine, swap } from './change-history.ts';
import type { Flaw } from './flaw.ts';

/** Of the rules about who gets requests. */
export const ASSIGNMENT_FLAWS: readonly Flaw[] = [
  {
    title: 'a worker that was drained gets a request',
    rule: 'nothing for the drained',
    put: (history) =>
      putLine(history, ({ lines }) => {
        const behind = lines.filter(isSwitch).find(({ from, to }) => from !== '' && to !== '');
        return behind && { behind, worker: behind.from };
      }),
  },
  {
    title: 'a request is handed out while everybody is drained',
    rule: 'nothing for the drained',
    put: (history) =>
      putLine(history, ({ lines }) => {
        const behind = lines.filter(isSwitch).find(({ to }) => to === '');
        return behind && { behind, worker: behind.from };
      }),
  },
  {
    title: 'a replacement gets a request before it is eligible',
    rule: 'one eligible worker',
    put: (history) =>
      putLine(history, ({ lines }) => {
        const switches = lines.filter(isSwitch);
        const later = switches.find(({ recycle, to }) => recycle !== '' && to !== '');
        const behind = later && switches.findLast(({ slot, n }) => slot === later.slot && n < later.n);
        return behind && { behind, worker: later.to };
      }),
  },
  {
    title: 'a switch is missing in the log of an adapter that used it',
    rule: 'one eligible worker',
    put: (history) => {
      const log = history.adapters.find(({ lines }) => lines.some((line) => line.kind === 'request'));
      const first = log?.lines.find((line) => line.kind === 'request');
      if (!log || !first) return undefined;
      const lines = log.lines.filter((line) => line.kind === 'request' || line.slot !== first.slot || line.to !== first.worker);
      return { ...history, adapters: swap(history.adapters, log, { ...log, lines }) };
    },
  },
  {
    title: 'an adapter gives a number twice',
    rule: 'one eligible worker',
    put: (history) => {
      const log = history.adapters.find(({ lines }) => lines.length > 0);
      return log && { ...history, adapters: swap(history.adapters, log, { ...log, lines: [...log.lines, log.lines[0]!] }) };
    },
  },
];
