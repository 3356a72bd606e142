import type { Recycle, RecycleHolder } from '@baton/admin';
import type { Io } from '../io.ts';
import { colourOfOutcome, paint } from '../output/paint.ts';
import { formatTable } from '../output/table.ts';
import { formatMs, formatTime } from '../output/units.ts';
import { type ListView, printFacts } from './define.ts';

/** How receipts are shown: many as a table, one as a page. */

export const recycleView: ListView<Recycle> = {
  empty: 'no recycles',
  columns: [
    { title: 'ID', text: ({ id }) => id },
    { title: 'BEGAN', text: ({ startedAt }) => formatTime(startedAt ?? undefined) },
    { title: 'SLOT', text: ({ slot }) => slot },
    { title: 'CAUSE', text: ({ cause }) => cause },
    { title: 'OUTCOME', text: ({ outcome }) => outcome, colour: ({ outcome }) => colourOfOutcome(outcome) },
    { title: 'WORKER', text: ({ oldWorker, newWorker }) => from(oldWorker, newWorker) },
    { title: 'GEN', text: ({ oldGeneration, newGeneration }) => from(oldGeneration, newGeneration) },
    { title: 'HOST', text: ({ oldHost, newHost }) => from(oldHost, newHost) },
    { title: 'TOOK', align: 'right', text: tookOf },
    { title: 'OVERLAP', align: 'right', text: ({ overlapMs }) => formatMs(overlapMs) },
    { title: 'IN FLIGHT', align: 'right', text: ({ inFlightAtHandover }) => String(inFlightAtHandover ?? '') },
    {
      title: 'LOST',
      align: 'right',
      text: ({ failed }) => String(failed),
      colour: ({ failed }) => (failed > 0 ? 'red' : undefined),
    },
    { title: 'WHY IT FAILED', text: ({ failure }) => failure },
  ],
};

/** One receipt: what changed, how long each phase took, and what became of the requests that were there. */
export function printReceipt(io: Io, receipt: Recycle): void {
  const { id, slot, outcome, failure, cause, requestedBy, reason, startedAt, traceId } = receipt;
  io.out(`recycle ${paint(io, 'bold', id)}  ${paint(io, colourOfOutcome(outcome), outcome)}${failure && `: ${failure}`}\n`);
  printFacts(io, [
    ['slot', slot],
    ['asked for', `${cause}${requestedBy && ` by ${requestedBy}`}${reason && `: ${reason}`}`],
    ['old worker', nameOf(receipt.oldWorker, receipt.oldGeneration, receipt.oldHost)],
    ['new worker', nameOf(receipt.newWorker, receipt.newGeneration, receipt.newHost)],
    ['began', startedAt ? `${formatTime(startedAt)}${receipt.endedAt ? `, took ${tookOf(receipt)}` : ''}` : ''],
    ...(receipt.waitsFor ? [['waits for', receipt.waitsFor] as const] : []),
    ...(receipt.draining ? [['draining', drainingOf(receipt)] as const] : []),
    ['overlap', formatMs(receipt.overlapMs)],
    ['requests', requestsOf(receipt)],
    ['longest wait', formatMs(receipt.longestHoldMs)],
    ...(traceId ? [['trace', traceId] as const] : []),
  ]);
  if (receipt.phases.length > 0) io.out(`\n${formatTable(io, receipt.phases, PHASES, '')}`);
  if (receipt.holders.length > 0) io.out(`\n${formatTable(io, receipt.holders, HOLDERS, '')}`);
  const unseen = receipt.holderCount - receipt.holders.length;
  if (unseen > 0) io.out(`and ${unseen} more that began later\n`);
}

/** What keeps the old worker from ending. */
const HOLDERS = [
  { title: 'HELD BY', text: ({ kind }: RecycleHolder) => kind },
  { title: 'APP', text: ({ app }: RecycleHolder) => app },
  { title: 'WHAT', text: ({ what }: RecycleHolder) => what },
  { title: 'CLIENT', text: ({ client }: RecycleHolder) => client },
  { title: 'FOR', align: 'right', text: ({ forMs }: RecycleHolder) => formatMs(forMs) },
] as const;

function drainingOf({ draining, holderCount }: Recycle): string {
  if (!draining) return '';
  const { sinceMs, limitMs } = draining;
  return `since ${formatTime(new Date(sinceMs).toISOString())}, until ${formatTime(new Date(sinceMs + limitMs).toISOString())} at the latest${holderCount > 0 ? `; held by ${holderCount}` : ''}`;
}

const PHASES = [
  { title: 'PHASE', text: ({ name }: Recycle['phases'][number]) => name },
  { title: 'TOOK', align: 'right', text: ({ ms }: Recycle['phases'][number]) => formatMs(ms) },
] as const;

const from = (before: string | number | null, after: string | number | null): string =>
  before === after ? String(before ?? '') : `${before ?? '-'} > ${after ?? '-'}`;

function nameOf(worker: string | null, generation: number | null, host: string | null): string {
  if (worker === null) return '';
  return `${worker}${generation === null ? '' : ` generation ${generation}`}${host === null ? '' : ` on host ${host}`}`;
}

function tookOf({ startedAt, endedAt }: Recycle): string {
  return startedAt && endedAt ? formatMs(Date.parse(endedAt) - Date.parse(startedAt)) : '';
}

function requestsOf({ inFlightAtHandover, finished, moved, replayed, failed, incomplete }: Recycle): string {
  if (inFlightAtHandover === null) return '';
  const ends = `${finished} finished, ${moved} moved, ${replayed} replayed, ${failed} failed`;
  return `${inFlightAtHandover} in flight at the hand-over: ${ends}${incomplete ? ' (not every adapter has reported)' : ''}`;
}
