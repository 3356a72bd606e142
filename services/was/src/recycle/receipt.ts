import type { StoredHolders, StoredPhase, StoredReceipt, StoredShare } from '@baton/store';

/**
 * What is known of one recycle, as pure steps from one receipt to the next (handover.md, "Receipts").
 *
 * - `inFlightAtHandover` is the sum of the Handover answers, and `finished + moved + replayed + failed` once every share is final.
 * - Phases are in the order in which they began. That of draining is split in two when the receipt is closed: work, then the process.
 * - WAS's own times are whole ms. Adapters measure more finely: what they report is rounded here, so that nothing made from it has a long tail.
 */
export interface ReceiptSums {
  readonly inFlightAtHandover: number;
  readonly finished: number;
  readonly moved: number;
  readonly replayed: number;
  readonly failed: number;
  readonly longestHoldMs: number;
}

export type PhaseName = StoredPhase['name'];

/** What an adapter reports of its share; see RecycleReport. */
export type ShareReport = Omit<StoredShare, 'inFlight' | 'doneAtMs'> & { readonly inFlight: number };

/** Who is recycled, and for what. */
export type Asked = Pick<StoredReceipt, 'id' | 'pool' | 'slot' | 'cause' | 'requestedBy' | 'reason'>;
export type Party = { readonly id: string; readonly host: string; readonly generation: number };

export function newReceipt(asked: Asked, old: Party, now: number): StoredReceipt {
  return {
    ...asked,
    outcome: 'running',
    oldWorker: old.id,
    newWorker: '',
    oldHost: old.host,
    newHost: '',
    oldGeneration: old.generation,
    newGeneration: 0,
    startedAtMs: now,
    phases: [],
    shares: {},
    isIncomplete: false,
  };
}

/** The change began; `first`: its first phase. */
export function noteBegun(receipt: StoredReceipt, old: Party, first: PhaseName, now: number): StoredReceipt {
  return notePhase(
    { ...receipt, oldWorker: old.id, oldHost: old.host, oldGeneration: old.generation, begunAtMs: receipt.begunAtMs ?? now },
    first,
    now,
  );
}

/** Who takes over, as far as it is known. */
export function noteNew(receipt: StoredReceipt, { id, host, generation }: Party): StoredReceipt {
  return { ...receipt, newWorker: id, newHost: host, newGeneration: generation };
}

/** A phase begins, and the one before it ends. A phase never begins twice. */
export function notePhase(receipt: StoredReceipt, name: PhaseName, now: number): StoredReceipt {
  if (receipt.phases.some((phase) => phase.name === name)) return receipt;
  return { ...receipt, phases: [...endPhase(receipt.phases, now), { name, beganAtMs: now }] };
}

function endPhase(phases: readonly StoredPhase[], now: number): StoredPhase[] {
  return phases.map((phase) => (phase.ms === undefined ? { ...phase, ms: Math.max(0, now - phase.beganAtMs) } : phase));
}

/** A channel has handed over. Its first answer counts; a repeated one, and that of a roll-back, says nothing new. */
export function noteDone(receipt: StoredReceipt, ref: string, inFlight: number, now: number): StoredReceipt {
  const known = receipt.shares[ref];
  if (known && known.doneAtMs > 0) return receipt;
  const share: StoredShare = known
    ? { ...known, inFlight, doneAtMs: now }
    : { inFlight, doneAtMs: now, ...NOTHING_ENDED, isFinal: inFlight === 0 };
  return withShare(receipt, ref, share);
}

const NOTHING_ENDED = { finished: 0, moved: 0, replayed: 0, failed: 0, longestHoldMs: 0, lastEndedAtMs: 0 };

/** An adapter reports; figures of one report replace those of the one before. Nothing comes after a final one. */
export function noteReport(receipt: StoredReceipt, ref: string, { inFlight, ...report }: ShareReport): StoredReceipt {
  const known = receipt.shares[ref];
  if (known?.isFinal && !report.isFinal) return receipt;
  const lastEndedAtMs = Math.round(report.lastEndedAtMs);
  const longestHoldMs = Math.round(report.longestHoldMs * 10) / 10;
  const inFlightThen = known?.inFlight ?? inFlight;
  const share: StoredShare = { ...report, inFlight: inFlightThen, doneAtMs: known?.doneAtMs ?? 0, lastEndedAtMs, longestHoldMs };
  return known && isSame(known, share) ? receipt : withShare(receipt, ref, share);
}

function isSame(a: StoredShare, b: StoredShare): boolean {
  return (Object.keys(b) as (keyof StoredShare)[]).every((figure) => a[figure] === b[figure]);
}

/** Holders that are kept of one channel; adapters tell no more. */
const MOST_HOLDERS = 20;

/** What keeps the old worker from ending on a channel now; nothing keeps one that has ended. */
export function noteHolders(receipt: StoredReceipt, ref: string, { first, count }: StoredHolders): StoredReceipt {
  const { [ref]: _, ...others } = receipt.holders ?? {};
  const isHeld = count > 0 && receipt.outcome === 'running' && !receipt.shares[ref]?.isFinal;
  if (!isHeld && receipt.holders?.[ref] === undefined) return receipt;
  return { ...receipt, holders: isHeld ? { ...others, [ref]: { first: first.slice(0, MOST_HOLDERS), count } } : others };
}

function withShare(receipt: StoredReceipt, ref: string, share: StoredShare): StoredReceipt {
  return measured({ ...receipt, shares: { ...receipt.shares, [ref]: share } });
}

/** What became of it is known; the last reports may be on their way. */
export function noteResult(receipt: StoredReceipt, result: 'completed' | 'failed', failure: string, now: number): StoredReceipt {
  if (receipt.result) return receipt;
  const phases = endPhase(receipt.phases, now);
  return measured({ ...receipt, phases, result, endedAtMs: now, ...(failure === '' ? {} : { failure }) });
}

/** Shares whose last report has not come. */
export function missingShares({ shares }: StoredReceipt): string[] {
  return Object.keys(shares).filter((ref) => !shares[ref]!.isFinal);
}

/** Nothing more is waited for. */
export function closeReceipt(receipt: StoredReceipt): StoredReceipt {
  const { holders: _, ...rest } = receipt;
  return { ...rest, outcome: receipt.result ?? 'failed', isIncomplete: missingShares(receipt).length > 0 };
}

/** Sums over the channels. */
export function sumsOf({ shares }: StoredReceipt): ReceiptSums {
  const all = Object.values(shares);
  const sum = (figure: (share: StoredShare) => number) => all.reduce((total, share) => total + figure(share), 0);
  return {
    inFlightAtHandover: sum(({ inFlight }) => inFlight),
    finished: sum(({ finished }) => finished),
    moved: sum(({ moved }) => moved),
    replayed: sum(({ replayed }) => replayed),
    failed: sum(({ failed }) => failed),
    longestHoldMs: Math.max(0, ...all.map(({ longestHoldMs }) => longestHoldMs)),
  };
}

/** Overlap, and where draining ends and stopping begins, from what the shares say. */
function measured(receipt: StoredReceipt): StoredReceipt {
  const all = Object.values(receipt.shares);
  const firstDoneAtMs = Math.min(...all.filter(({ doneAtMs }) => doneAtMs > 0).map(({ doneAtMs }) => doneAtMs));
  const lastEndedAtMs = Math.max(0, ...all.map((share) => share.lastEndedAtMs));
  const hasOverlap = receipt.result !== 'failed' && Number.isFinite(firstDoneAtMs) && lastEndedAtMs > 0;
  return {
    ...receipt,
    ...(hasOverlap ? { overlapMs: Math.max(0, lastEndedAtMs - firstDoneAtMs) } : {}),
    phases: receipt.result === 'completed' ? splitDraining(receipt.phases, lastEndedAtMs, receipt.endedAtMs ?? 0) : receipt.phases,
  };
}

/** The old worker drains until its last work has ended, then its process stops. */
function splitDraining(phases: readonly StoredPhase[], lastEndedAtMs: number, endedAtMs: number): StoredPhase[] {
  const draining = phases.find(({ name }) => name === 'draining');
  if (!draining) return [...phases];
  const others = phases.filter(({ name }) => name !== 'draining' && name !== 'stopping');
  // Without overlap the next worker is placed when the old process is gone.
  const isAfter = ({ name }: StoredPhase) => name !== 'handover' && phases.findIndex((one) => one.name === name) > phases.indexOf(draining);
  const after = others.filter(isAfter);
  const goneAtMs = after[0]?.beganAtMs ?? endedAtMs;
  const drainedAtMs = Math.min(Math.max(draining.beganAtMs, lastEndedAtMs), Math.max(draining.beganAtMs, goneAtMs));
  return [
    ...others.filter((phase) => !after.includes(phase)),
    { ...draining, ms: drainedAtMs - draining.beganAtMs },
    { name: 'stopping', beganAtMs: drainedAtMs, ms: Math.max(0, goneAtMs - drainedAtMs) },
    ...after,
  ];
}
