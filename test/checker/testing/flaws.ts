import type { AdapterLog, EventRecord, FinalState, History, LogLine, ReceiptRecord, RuleName, SwitchLine } from '../history.ts';

/** One thing that must not happen, put into a run in which nothing was wrong. */
export interface Flaw {
  readonly title: string;
  readonly rule: RuleName;
  /** undefined: this run has no place for it. */
  readonly put: (history: History) => History | undefined;
}

const isSwitch = (line: LogLine): line is SwitchLine => line.kind === 'handover';
const hasEnded = ({ type }: EventRecord): boolean => type === 'worker.exited' || type === 'worker.failed';
const isOf = (type: string) => (event: EventRecord) => event.type === type;

/** Puts a line into the log of the first adapter that has what `make` looks for; numbers behind it move up. */
function putLine(history: History, make: (log: AdapterLog) => { behind: SwitchLine; worker: string } | undefined): History | undefined {
  for (const log of history.adapters) {
    const place = make(log);
    if (!place) continue;
    const { behind, worker } = place;
    const lines = log.lines.map((line) => (line.n > behind.n ? { ...line, n: line.n + 1 } : line));
    const { slot, pool, atMs } = behind;
    const generation = history.events.find((event) => event.worker === worker)?.generation ?? 1;
    const request = {
      kind: 'request' as const,
      atMs,
      requestId: 'wrong',
      path: '/',
      status: 200,
      error: '',
      pool,
      slot,
      worker,
      generation,
    };
    return { ...history, adapters: swap(history.adapters, log, { ...log, lines: [...lines, { ...request, n: behind.n + 1 }] }) };
  }
  return undefined;
}

function swap<T>(list: readonly T[], old: T, ...next: T[]): T[] {
  return list.flatMap((one) => (one === old ? next : [one]));
}

/** Changes the first event that `isIt`; undefined where there is none. */
function changeEvent(history: History, isIt: (event: EventRecord) => boolean, ...next: ((event: EventRecord) => EventRecord)[]) {
  const event = history.events.find(isIt);
  return event && { ...history, events: swap(history.events, event, ...next.map((change) => change(event))) };
}

function changeReceipt(
  history: History,
  isIt: (receipt: ReceiptRecord) => boolean,
  next: (receipt: ReceiptRecord) => Partial<ReceiptRecord>,
) {
  const receipt = history.receipts.find(isIt);
  return receipt && { ...history, receipts: swap(history.receipts, receipt, { ...receipt, ...next(receipt) }) };
}

function changeFinal(history: History, next: (final: FinalState) => Partial<FinalState> | undefined): History | undefined {
  const changed = history.final && next(history.final);
  return changed && { ...history, final: { ...history.final!, ...changed } };
}

/** The commit is told as soon as its recycle has begun. */
function commitAtOnce(history: History): History | undefined {
  const commit = history.events.find(isOf('recycle.committed'));
  const begun = commit && history.events.find(({ type, recycle }) => type === 'recycle.begun' && recycle === commit.recycle);
  if (!commit || !begun) return undefined;
  const events = history.events.filter((event) => event !== commit);
  return { ...history, events: swap(events, begun, begun, { ...commit, atMs: begun.atMs + 1 }) };
}

/** Replaces, in a slot whose workers may not overlap, the end of one and the start of the next by what `change` makes of each. */
function changeOver(
  history: History,
  change: (end: EventRecord, next: EventRecord) => [EventRecord[], EventRecord[]],
): History | undefined {
  const { events, noOverlap } = history;
  const end = events.find((event) => hasEnded(event) && noOverlap?.includes(event.pool));
  const next = end && events.slice(events.indexOf(end)).find(({ type, slot }) => type === 'worker.starting' && slot === end.slot);
  if (!end || !next) return undefined;
  const [forEnd, forNext] = change(end, next);
  return { ...history, events: swap(swap(events, next, ...forNext), end, ...forEnd) };
}

const same = (event: EventRecord) => event;

/** At least one for each rule. */
export const FLAWS: readonly Flaw[] = [
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
