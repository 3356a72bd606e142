import type { AdapterLog, EventRecord, FinalState, History, LogLine, ReceiptRecord, SwitchLine } from '../../history.ts';

/** The line says who is eligible from here on. */
export const isSwitch = (line: LogLine): line is SwitchLine => line.kind === 'handover';

/** The event is the end of a worker. */
export const hasEnded = ({ type }: EventRecord): boolean => type === 'worker.exited' || type === 'worker.failed';

/** For `find`: an event of this type. */
export const isOf = (type: string) => (event: EventRecord) => event.type === type;

/** Puts a line into the log of the first adapter that has what `make` looks for; numbers behind it move up. */
export function putLine(
  history: History,
  make: (log: AdapterLog) => { behind: SwitchLine; worker: string } | undefined,
): History | undefined {
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

/** The list with `next` in the place of `old`. */
export function swap<T>(list: readonly T[], old: T, ...next: T[]): T[] {
  return list.flatMap((one) => (one === old ? next : [one]));
}

/** Changes the first event that `isIt`; undefined where there is none. */
export function changeEvent(history: History, isIt: (event: EventRecord) => boolean, ...next: ((event: EventRecord) => EventRecord)[]) {
  const event = history.events.find(isIt);
  return event && { ...history, events: swap(history.events, event, ...next.map((change) => change(event))) };
}

/** Changes the first receipt that `isIt`; undefined where there is none. */
export function changeReceipt(
  history: History,
  isIt: (receipt: ReceiptRecord) => boolean,
  next: (receipt: ReceiptRecord) => Partial<ReceiptRecord>,
) {
  const receipt = history.receipts.find(isIt);
  return receipt && { ...history, receipts: swap(history.receipts, receipt, { ...receipt, ...next(receipt) }) };
}

/** Changes what was seen in the end, where that was looked at. */
export function changeFinal(history: History, next: (final: FinalState) => Partial<FinalState> | undefined): History | undefined {
  const changed = history.final && next(history.final);
  return changed && { ...history, final: { ...history.final!, ...changed } };
}

/** The commit is told as soon as its recycle has begun. */
export function commitAtOnce(history: History): History | undefined {
  const commit = history.events.find(isOf('recycle.committed'));
  const begun = commit && history.events.find(({ type, recycle }) => type === 'recycle.begun' && recycle === commit.recycle);
  if (!commit || !begun) return undefined;
  const events = history.events.filter((event) => event !== commit);
  return { ...history, events: swap(events, begun, begun, { ...commit, atMs: begun.atMs + 1 }) };
}

/** Replaces, in a slot whose workers may not overlap, the end of one and the start of the next by what `change` makes of each. */
export function changeOver(
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

/** For `changeEvent`: the event as it is. */
export const same = (event: EventRecord) => event;
