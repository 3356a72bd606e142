import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredReceipt } from '@baton/store';
import {
  closeReceipt,
  missingShares,
  newReceipt,
  noteBegun,
  noteDone,
  noteNew,
  notePhase,
  noteReport,
  noteResult,
  type ShareReport,
  sumsOf,
} from './receipt.ts';

const OLD = { id: 'w1', host: 'h1', generation: 1 };
const asked = (): StoredReceipt =>
  newReceipt({ id: 'r1', pool: 'shop', slot: 'shop/1', cause: 'onDemand', requestedBy: 'admin', reason: '' }, OLD, 100);
const report = (more: Partial<ShareReport> = {}): ShareReport => ({
  inFlight: 0,
  finished: 0,
  moved: 0,
  replayed: 0,
  failed: 0,
  longestHoldMs: 0,
  lastEndedAtMs: 0,
  isFinal: true,
  ...more,
});

/** A recycle that went well, up to the commit. */
const committed = (): StoredReceipt => {
  const begun = noteNew(noteBegun(asked(), OLD, 'placing', 100), { id: 'w2', host: 'h2', generation: 2 });
  const connecting = notePhase(notePhase(begun, 'starting', 110), 'connecting', 150);
  const done = noteDone(noteDone(notePhase(connecting, 'handover', 160), 'a/1', 2, 162), 'b/1', 0, 165);
  return notePhase(done, 'draining', 166);
};

describe('the receipt of a recycle', () => {
  it('names who was recycled, by whom, and each phase with its length', () => {
    const ended = noteResult(noteReport(committed(), 'a/1', report({ finished: 2, lastEndedAtMs: 266 })), 'completed', '', 300);
    assert.deepEqual(
      ended.phases.map(({ name, ms }) => `${name} ${ms}`),
      ['placing 10', 'starting 40', 'connecting 10', 'handover 6', 'draining 100', 'stopping 34'],
    );
    assert.deepEqual([ended.newWorker, ended.newHost, ended.newGeneration, ended.endedAtMs], ['w2', 'h2', 2, 300]);
  });

  it('never begins a phase twice: a replacement that is placed again is still starting', () => {
    const again = notePhase(notePhase(notePhase(asked(), 'placing', 1), 'starting', 2), 'placing', 3);
    assert.deepEqual(again.phases, [
      { name: 'placing', beganAtMs: 1, ms: 1 },
      { name: 'starting', beganAtMs: 2 },
    ]);
  });

  it('counts the first answer of a channel, not a repeated one', () => {
    const twice = noteDone(committed(), 'a/1', 9, 999);
    assert.equal(twice, noteDone(twice, 'a/1', 7, 1_000));
    assert.deepEqual([twice.shares['a/1']?.inFlight, twice.shares['a/1']?.doneAtMs], [2, 162]);
  });

  it('adds up once every share is final', () => {
    const partly = noteReport(committed(), 'a/1', report({ finished: 1, isFinal: false, longestHoldMs: 3 }));
    assert.deepEqual([missingShares(partly), sumsOf(partly).finished], [['a/1'], 1]);
    const all = noteReport(partly, 'a/1', report({ inFlight: 2, finished: 1, failed: 1, longestHoldMs: 7, lastEndedAtMs: 200 }));
    assert.deepEqual(sumsOf(all), { inFlightAtHandover: 2, finished: 1, moved: 0, replayed: 0, failed: 1, longestHoldMs: 7 });
    assert.deepEqual(missingShares(all), []);
    assert.equal(noteReport(all, 'a/1', report({ isFinal: false })), all, 'nothing comes after a final report');
  });

  it('takes a report that comes before the answer', () => {
    const early = noteReport(asked(), 'a/1', report({ inFlight: 4, finished: 4 }));
    assert.deepEqual([sumsOf(early).inFlightAtHandover, noteDone(early, 'a/1', 4, 50).shares['a/1']?.doneAtMs], [4, 50]);
  });

  it('measures the overlap from the first done to the end of the last work', () => {
    const ended = noteResult(committed(), 'completed', '', 300);
    assert.equal(ended.overlapMs, undefined, 'nothing has ended yet');
    const late = noteReport(ended, 'a/1', report({ finished: 2, lastEndedAtMs: 290 }));
    assert.deepEqual([late.overlapMs, late.phases.at(-1)?.name, late.phases.at(-1)?.ms], [128, 'stopping', 10]);
    assert.equal(noteReport(noteResult(committed(), 'failed', 'x', 300), 'a/1', report({ lastEndedAtMs: 290 })).overlapMs, undefined);
  });

  it('says whole ms, and tenths of the longest hold, of what adapters measure more finely', () => {
    const fine = noteReport(committed(), 'a/1', report({ finished: 2, lastEndedAtMs: 266.40625, longestHoldMs: 7.0625 }));
    const ended = noteResult(fine, 'completed', '', 300);
    assert.deepEqual(
      ended.phases.map(({ ms }) => ms),
      [10, 40, 10, 6, 100, 34],
    );
    assert.deepEqual([ended.overlapMs, sumsOf(ended).longestHoldMs], [104, 7.1]);
  });

  it('keeps its first result, and is incomplete when a report is missing', () => {
    const failed = noteResult(committed(), 'failed', 'the replacement died', 300);
    assert.equal(noteResult(failed, 'completed', '', 400), failed);
    assert.deepEqual([failed.outcome, failed.result, failed.failure], ['running', 'failed', 'the replacement died']);
    assert.deepEqual([closeReceipt(failed).outcome, closeReceipt(failed).isIncomplete], ['failed', true]);
    assert.equal(closeReceipt(noteReport(failed, 'a/1', report({ finished: 2 }))).isIncomplete, false);
  });
});
