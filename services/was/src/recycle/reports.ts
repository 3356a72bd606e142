import { create, listener } from '@baton/proto';
import { channelRef, type StoredReceipt } from '@baton/store';
import { parseTraceparent, traceFields } from '@baton/telemetry';
import type { Registration } from '../cluster/registration.ts';
import { LIMITS } from '../limits.ts';
import type { Engine } from '../reconcile/engine.ts';
import { awaitedShares } from './awaited.ts';
import { closeReceipt, noteDone, noteHolders, noteReport, noteResult, sumsOf } from './receipt.ts';

/** A Handover was done on a channel. Operators hear it; of a recycle's first direction it goes into the receipt. */
export function noteHandover(
  engine: Engine,
  ref: string,
  { recycleId, from, to, slot, pool }: { recycleId: string; from: string; to: string; slot: string; pool: string },
  inFlight: number,
): void {
  const who = (workerId: string) => workerId || 'nobody';
  engine.events.tell({
    type: 'handover.done',
    message: `channel ${ref} has handed ${slot} over from ${who(from)} to ${who(to)}, ${inFlight} requests in flight`,
    pool,
    slot,
    recycle: recycleId,
    channel: ref,
    from,
    to,
    inFlight,
  });
  engine.receipts.change(recycleId, (receipt) =>
    receipt.oldWorker === from ? noteDone(receipt, ref, inFlight, engine.time.now()) : receipt,
  );
}

/** An adapter says what became of the requests of a Handover. A final report is acknowledged once it is in Redis. */
export function takeRecycleReport(engine: Engine, { key, adapterId }: Registration, report: listener.RecycleReport): void {
  const { recycleId, channelId, slot, final } = report;
  const ref = channelRef(adapterId, channelId);
  void takeShare(engine, ref, report)
    .then(() => {
      if (!final || engine.isStopped) return;
      const value = create(listener.RecycleReportReceivedSchema, { recycleId, channelId, slot });
      engine.adapters.send(key, { case: 'recycleReportReceived', value });
    })
    .catch((error: unknown) => engine.log.warn({ err: error, recycle: recycleId }, `a report of recycle ${recycleId} was not taken`));
}

async function takeShare(engine: Engine, ref: string, report: listener.RecycleReport): Promise<void> {
  const { receipts } = engine;
  const { recycleId: id, inFlightAtHandover: inFlight, lastEndedAtMs, longestHoldMs, final: isFinal } = report;
  const { finished, moved, replayed, failed, holderCount: count } = report;
  const first = report.holders.map(({ kind, appKey: app, what, client, sinceMs }) => ({ kind, app, what, client, sinceMs }));
  if (!receipts.get(id)) {
    // Of another leader, or long ended; Handovers outside a recycle have no receipt.
    const old = await receipts.find(id);
    if (!old || receipts.get(id)) return old && takeShare(engine, ref, report);
    receipts.put(old);
  }
  const before = receipts.get(id);
  receipts.change(id, (receipt) => {
    const noted = noteReport(receipt, ref, { inFlight, finished, moved, replayed, failed, longestHoldMs, lastEndedAtMs, isFinal });
    return noted.outcome === 'running' ? noted : closeReceipt(noted);
  });
  receipts.changeQuietly(id, (receipt) => noteHolders(receipt, ref, { first, count }));
  const after = receipts.get(id);
  if (before && after && before.outcome !== 'running') engine.figures.corrected(before, after);
  closeWhenTold(engine, id);
  // The end of a worker that lost its host is known from this alone.
  if (after?.outcome === 'running') engine.touch(after.slot);
  await receipts.saved(id);
}

/** The receipt of a recycle that runs as it will be once its change has ended: that is written with the end, or the next leader would not know. */
export function withResult(engine: Engine, id: string, result: 'completed' | 'failed', failure: string): StoredReceipt | undefined {
  const receipt = engine.receipts.get(id);
  return receipt?.outcome === 'running' ? noteResult(receipt, result, failure, engine.time.now()) : undefined;
}

/** What became of a recycle is known. Its receipt waits a little for the last reports of adapters. */
export function endReceipt(engine: Engine, id: string, result: 'completed' | 'failed', failure: string): void {
  const before = engine.receipts.get(id);
  if (!before || before.result) return;
  engine.receipts.change(id, (receipt) => noteResult(receipt, result, failure, engine.time.now()));
  const { pool, slot, oldWorker: from, newWorker: to, oldHost, newHost } = engine.receipts.get(id) ?? before;
  const facts = { pool, slot, recycle: id, from, to, cause: result === 'failed' ? failure : before.cause };
  const message =
    result === 'failed'
      ? `recycle ${id} of ${slot} failed: ${failure}`
      : `recycle ${id} of ${slot} is done: ${to || 'nobody'} (${newHost || 'nowhere'}) has taken over from ${from} (${oldHost})`;
  engine.events.tell({ type: `recycle.${result}`, message, ...facts });
  waitForReports(engine, id);
}

/** Closes the receipt when the last report has come, or when it does not come in time. */
export function waitForReports(engine: Engine, id: string): void {
  closeWhenTold(engine, id);
  if (engine.receipts.get(id)?.outcome !== 'running') return;
  engine.time.after(LIMITS.reportWaitMs, () => {
    if (!engine.isStopped) engine.receipts.change(id, (receipt) => (receipt.outcome === 'running' ? close(engine, receipt) : receipt));
  });
}

/** A channel is not attached any more: nothing more comes from it. */
export function closeWithout(engine: Engine, ref: string): void {
  for (const { id, shares } of engine.receipts.running) if (shares[ref]) closeWhenTold(engine, id);
}

/** Reports are awaited of channels that are attached, or may be again in a moment. */
function closeWhenTold(engine: Engine, id: string): void {
  engine.receipts.change(id, (receipt) => {
    if (!receipt.result || receipt.outcome !== 'running') return receipt;
    return awaitedShares(engine.cluster, receipt).length > 0 ? receipt : close(engine, receipt);
  });
}

function close(engine: Engine, receipt: StoredReceipt): StoredReceipt {
  const closed = closeReceipt(receipt);
  const sums = sumsOf(closed);
  const { id, slot, outcome, overlapMs = 0 } = closed;
  const text = `${sums.inFlightAtHandover} in flight: ${sums.finished} finished, ${sums.moved} moved, ${sums.replayed} replayed, ${sums.failed} failed`;
  const trace = traceFields(parseTraceparent(closed.traceparent ?? ''));
  engine.log.info(
    { recycle: id, slot, outcome, overlapMs, ...sums, incomplete: closed.isIncomplete, ...trace },
    `receipt of ${id}: ${text}`,
  );
  engine.tracer.end(closed);
  return closed;
}
