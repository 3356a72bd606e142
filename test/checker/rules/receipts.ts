import { CODES, type ErrorCode } from '@baton/core';
import type { AdapterLog, History, ReceiptRecord, RequestLine, Violation } from '../history.ts';

const broken = (message: string): Violation => ({ rule: 'receipts add up', message });

/**
 * `inFlightAtHandover` is the sum of what the adapters answered, and each of these requests is accounted for once.
 *
 * - What an adapter answered stands in its log (the first switch of that recycle) and in the event handover.done; both must agree.
 * - What became of them is counted once more: the requests whose line comes behind the switch, that had gone to the old worker before it.
 * - `incomplete` is for an adapter that went away before it had reported; nothing else excuses it in a run that is over.
 * - While a run goes on, a recycle that was taken back may be incomplete: what was tagged stays with the old worker, which lives on.
 */
export function checkReceipts(history: History): Violation[] {
  const answers = answersOf(history);
  return history.receipts.flatMap((receipt) => [
    ...checkSums(receipt, answers.get(receipt.id)),
    ...checkLines(history, receipt),
    ...checkExcuse(history, receipt),
  ]);
}

function checkSums(receipt: ReceiptRecord, answers: ReadonlyMap<string, number> | undefined): Violation[] {
  const { id, inFlightAtHandover, finished, moved, replayed, failed, isIncomplete } = receipt;
  const found: Violation[] = [];
  const answered = [...(answers?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  const accounted = finished + moved + replayed + failed;
  if (isIncomplete) {
    if (accounted > inFlightAtHandover) found.push(broken(`receipt ${id} accounts for ${accounted} of ${inFlightAtHandover} requests`));
    return found;
  }
  if (answered !== inFlightAtHandover) {
    found.push(broken(`receipt ${id} says ${inFlightAtHandover} in flight, the adapters answered ${answered}`));
  }
  if (accounted !== inFlightAtHandover) {
    const parts = `${finished} finished + ${moved} moved + ${replayed} replayed + ${failed} failed`;
    found.push(broken(`receipt ${id} says ${inFlightAtHandover} in flight and ${parts}`));
  }
  return found;
}

function checkLines({ adapters }: History, { id, slot, isIncomplete, finished, failed }: ReceiptRecord): Violation[] {
  if (isIncomplete || adapters.some(({ isCut }) => isCut)) return [];
  const lines = adapters.flatMap((log) => linesOf(log, id, slot));
  const lost = lines.filter(isLost).length;
  if (lines.length === finished + failed && lost === failed) return [];
  const logged = `${lines.length - lost} finished and ${lost} failed`;
  return [broken(`receipt ${id} says ${finished} finished and ${failed} failed, the access logs say ${logged}`)];
}

/** Ended by Baton and not by the app, for a reason that is neither the client's leaving nor its fault. */
function isLost({ error }: RequestLine): boolean {
  return error !== '' && (CODES[error as ErrorCode]?.status ?? 500) >= 500;
}

/** The requests that an adapter found with the old worker at the first switch of a recycle, and that ended there. */
function linesOf({ lines }: AdapterLog, recycle: string, slot: string): RequestLine[] {
  const at = lines.findIndex((line) => line.kind === 'handover' && line.recycle === recycle);
  const turn = lines[at];
  if (turn?.kind !== 'handover') return [];
  return lines.slice(at + 1).filter((line): line is RequestLine => {
    return line.kind === 'request' && line.slot === slot && line.worker === turn.from && line.n > 0 && line.n < turn.n;
  });
}

/** The last reports of a recycle that is completed are awaited for so long after its end, ms. */
const REPORT_WAIT_MS = 5_000;

function checkExcuse(
  { events, adapters, final }: History,
  { id, outcome, isIncomplete, startedAtMs, endedAtMs }: ReceiptRecord,
): Violation[] {
  if (!isIncomplete || adapters.some(({ isCut }) => isCut)) return [];
  const isTakenBack = outcome === 'failed';
  if (isTakenBack && !final) return [];
  const untilMs = isTakenBack ? Number.POSITIVE_INFINITY : endedAtMs + REPORT_WAIT_MS;
  const isExcused = events.some(({ type, atMs }) => type === 'adapter.detached' && atMs >= startedAtMs && atMs <= untilMs);
  return isExcused ? [] : [broken(`receipt ${id} is incomplete although no adapter went away`)];
}

/** What each channel answered first, by recycle. */
function answersOf({ events, adapters }: History): Map<string, Map<string, number>> {
  const answers = new Map<string, Map<string, number>>();
  const note = (recycle: string, channel: string, inFlight: number) => {
    if (recycle === '') return;
    const own = answers.get(recycle) ?? new Map<string, number>();
    answers.set(recycle, own);
    if (!own.has(channel)) own.set(channel, inFlight);
  };
  for (const { lines } of adapters) {
    for (const line of lines) if (line.kind === 'handover') note(line.recycle, line.channel, line.inFlight);
  }
  for (const { type, recycle, channel, inFlight } of events) if (type === 'handover.done') note(recycle, channel, inFlight);
  return answers;
}
