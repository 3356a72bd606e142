import assert from 'node:assert/strict';
import type { Recycle } from '@baton/admin';
import type { Count } from './arrivals.ts';
import { readLedgers } from './ledger.ts';
import type { Protocol } from './protocol.ts';

/** What the clients, the app and the receipts say, held against each other. */
export function judge({ name }: Protocol, { ids, failures, pids }: Count, receipts: readonly Recycle[], dir: string) {
  const begun = readLedgers(dir, 'ledger');
  const sum = (figure: (receipt: Recycle) => number | null) => receipts.reduce((total, receipt) => total + (figure(receipt) ?? 0), 0);
  const inFlight = sum((receipt) => receipt.inFlightAtHandover);
  const [finished, moved] = [sum((receipt) => receipt.finished), sum((receipt) => receipt.moved)];
  const [replayed, failed] = [sum((receipt) => receipt.replayed), sum((receipt) => receipt.failed)];
  const doubled = ids.filter((id) => (begun.get(id)?.length ?? 0) > 1);
  const missing = ids.filter((id) => !begun.has(id));
  console.log(
    `${name}: ${ids.length} sent, ${failures.length} lost, ${doubled.length} doubled; ${receipts.length} recycles, ` +
      `in flight ${inFlight} = ${finished} finished + ${moved} moved + ${replayed} replayed + ${failed} failed`,
  );
  assert.deepEqual(failures.slice(0, 10), [], `${failures.length} were lost`);
  assert.deepEqual(
    [doubled.slice(0, 10), missing.slice(0, 10)],
    [[], []],
    `${doubled.length} were begun twice, ${missing.length} by nobody`,
  );
  assert.equal(failed, failures.length, 'the receipts say another number of failures');
  assert.equal(finished + moved + replayed + failed, inFlight);
  assert.equal(replayed, 0);
  assert.deepEqual(new Set(receipts.map(({ outcome, incomplete }) => `${outcome} ${incomplete}`)), new Set(['completed false']));
  assert.ok(inFlight > 0, 'no recycle found anything in flight');
  assert.ok(pids.size >= receipts.length, `${pids.size} processes answered, ${receipts.length} recycles`);
  return {
    sent: ids.length,
    lost: failures.length,
    doubled: doubled.length,
    recycles: receipts.length,
    'in flight': inFlight,
    finished,
    moved,
  };
}

/**
 * What the app ended, held against what it began, where it writes that down: each once, in the process that began it, also where that one was told to leave
 * meanwhile.
 */
export function judgeEnds({ name, kindOf }: Protocol, { ids }: Count, dir: string): Record<string, number> {
  if (!kindOf) return {};
  const [begun, ended, crossed] = [readLedgers(dir, 'ledger'), readLedgers(dir, 'ended'), readLedgers(dir, 'crossed')];
  const kinds = new Map(ids.map((id) => [kindOf(id), 0]));
  for (const id of crossed.keys()) kinds.set(kindOf(id), (kinds.get(kindOf(id)) ?? 0) + 1);
  console.log(`${name}: of these ended by processes told to leave: ${[...kinds].map(([kind, number]) => `${number} ${kind}`).join(', ')}`);
  const other = ids.filter((id) => String(ended.get(id)) !== String(begun.get(id)));
  assert.deepEqual(other.slice(0, 10), [], `${other.length} were not ended once by who began them`);
  for (const [kind, number] of kinds) assert.ok(number > 0, `no process had ${kind} in hand when it was told to leave`);
  return { 'ended by who left': crossed.size };
}
