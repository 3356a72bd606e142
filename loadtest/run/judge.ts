import type { Recycle } from '@baton/admin';
import { median, type Overlap } from './overlap.ts';
import { type GenerationTimes, readValue, type Summary } from './summary.ts';

/** One thing that must hold, and what came. */
export interface Finding {
  readonly holds: boolean;
  readonly what: string;
}

/** Largest difference between the medians of the clients' and the receipts' overlap, ms. */
const OVERLAP_TOLERANCE_MS = 50;
/** Share of the wishes that has to begin a recycle; a wish during one joins it, as it should on a slow machine. */
const LEAST_BEGUN = 0.9;

/** What every run must show: k6 measured it (a metric that is missing is a failure), each threshold holds, nothing was lost. */
export function judgeRun(summary: Summary, exitCode: number): readonly Finding[] {
  const needed = [
    'lost',
    'unsigned',
    'http_req_duration',
    ...['quick', 'slow', 'stream', 'upload'].map((kind) => `http_req_duration{kind:${kind}}`),
  ];
  const missing = [...needed, 'iterations{scenario:load}'].filter((name) => summary.metrics[name] === undefined || isEmpty(summary, name));
  const crossed = Object.entries(summary.metrics).flatMap(([name, { thresholds }]) =>
    Object.entries(thresholds ?? {}).flatMap(([rule, { ok }]) => (ok ? [] : [`${name} ${rule}`])),
  );
  const lost = lostCount(summary);
  return [
    { holds: missing.length === 0, what: missing.length === 0 ? 'every metric was measured' : `not measured: ${missing.join(', ')}` },
    { holds: crossed.length === 0, what: crossed.length === 0 ? 'every threshold holds' : `thresholds crossed: ${crossed.join('; ')}` },
    { holds: exitCode === 0, what: `k6 ended with ${exitCode}` },
    { holds: lost === 0, what: `${lost ?? 'unknown how many'} requests lost of ${answeredCount(summary) ?? 'unknown how many'}` },
  ];
}

export interface RecyclesSeen {
  readonly summary: Summary;
  /** Of this run, all ended. */
  readonly receipts: readonly Recycle[];
  readonly generations: readonly GenerationTimes[];
  readonly overlaps: readonly Overlap[];
}

/** What a run with recycles must show besides: they happened, and the receipts tell what the clients saw. */
export function judgeRecycles({ summary, receipts, generations, overlaps }: RecyclesSeen): readonly Finding[] {
  const asked = readValue(summary, 'iterations{scenario:recycle}', 'count');
  const completed = receipts.filter(({ outcome }) => outcome === 'completed').length;
  const moved = movedBy(summary, generations);
  const failed = receipts.reduce((sum, receipt) => sum + receipt.failed, 0);
  const lost = lostCount(summary);
  const wrong = receipts.filter((receipt) => !addsUp(receipt));
  const clients = overlaps.flatMap(({ clientMs }) => clientMs ?? []);
  const [byClients, byReceipts] = [median(clients), median(overlaps.map(({ receiptMs }) => receiptMs))];
  return [
    {
      holds: asked !== undefined && asked > 0 && completed >= asked * LEAST_BEGUN,
      what: `${completed} recycles completed, ${asked ?? 'unknown how many'} asked for`,
    },
    { holds: completed === receipts.length, what: `${receipts.length - completed} recycles failed${reasons(receipts)}` },
    {
      holds: completed > 0 && moved === completed,
      what: `the clients saw the generation move by ${moved}, the receipts tell ${completed}`,
    },
    { holds: lost === failed, what: `the clients lost ${lost ?? 'an unknown number'}, the receipts tell ${failed}` },
    {
      holds: wrong.length === 0,
      what: `${wrong.length} receipts are incomplete or do not add up${wrong.map(({ id }) => ` ${id}`).join('')}`,
    },
    {
      holds: clients.length > 0 && clients.length === overlaps.length,
      what: `the clients saw both generations of ${clients.length} recycles of ${overlaps.length}`,
    },
    {
      holds: Math.abs(byClients - byReceipts) <= OVERLAP_TOLERANCE_MS,
      what: `median overlap ${byClients.toFixed(0)} ms by the clients, ${byReceipts.toFixed(0)} ms by the receipts (at most ${OVERLAP_TOLERANCE_MS} ms apart)`,
    },
  ];
}

/** Requests not answered in full, by the clients' own count. */
export function lostCount(summary: Summary): number | undefined {
  return readValue(summary, 'lost', 'passes');
}

function answeredCount(summary: Summary): number | undefined {
  const fails = readValue(summary, 'lost', 'fails');
  return fails === undefined ? undefined : fails + (lostCount(summary) ?? 0);
}

/** A rate that nothing was added to counts neither way. */
function isEmpty(summary: Summary, name: string): boolean {
  const { count, passes, fails } = summary.metrics[name]?.values ?? {};
  return count === 0 || (passes === 0 && fails === 0);
}

/** By how much the generation grew, all slots together, from where the run began to the highest that answered. */
function movedBy(summary: Summary, generations: readonly GenerationTimes[]): number {
  const starts = Object.entries(summary.setup_data?.generations ?? {});
  return starts.reduce((sum, [slot, start]) => {
    const highest = Math.max(start, ...generations.filter((times) => times.slot === slot).map(({ generation }) => generation));
    return sum + highest - start;
  }, 0);
}

function addsUp({ incomplete, inFlightAtHandover, finished, moved, replayed, failed }: Recycle): boolean {
  return !incomplete && inFlightAtHandover === finished + moved + replayed + failed;
}

function reasons(receipts: readonly Recycle[]): string {
  const failures = new Set(receipts.filter(({ outcome }) => outcome !== 'completed').map(({ outcome, failure }) => failure || outcome));
  return failures.size === 0 ? '' : `: ${[...failures].join('; ')}`;
}
