import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tally } from '../place/tally.ts';
import { RecycleReports } from './recycle-reports.ts';

const tally = (recycleId: string, inFlight: number): Tally =>
  new Tally({ recycleId, pool: 'shop', channelId: 1, slot: 'shop/1', from: 'w1', inFlight, lastN: 0 }, () => {});
const ids = (tallies: readonly Tally[]): string[] => tallies.map(({ recycleId }) => recycleId);

describe('reports of recycles', () => {
  it('are not due before something has ended', () => {
    const reports = new RecycleReports();
    const one = tally('r1', 2);
    reports.note(one, 0);
    assert.deepEqual(reports.due(0), []);
    one.count('finished');
    assert.deepEqual(ids(reports.due(1)), ['r1']);
    assert.deepEqual(reports.due(2), [], 'nothing has changed');
  });

  it('are due after a second even if nothing has ended, once, so that it can be told what holds the worker', () => {
    const reports = new RecycleReports();
    reports.note(tally('r1', 2), 0);
    assert.deepEqual(reports.due(999), []);
    assert.deepEqual(ids(reports.due(1_000)), ['r1']);
    assert.deepEqual(reports.due(5_000), []);
  });

  it('are due a second after the last one, but the last word at once and again for the next leader', () => {
    const reports = new RecycleReports();
    const one = tally('r1', 3);
    reports.note(one, 0);
    one.count('finished');
    reports.due(0);
    one.count('finished');
    assert.deepEqual(reports.due(999), []);
    assert.deepEqual(ids(reports.due(1_000)), ['r1']);
    one.count('moved');
    assert.deepEqual(ids(reports.due(1_001)), ['r1']);
    reports.reset();
    assert.deepEqual(ids(reports.due(1_002)), ['r1']);
    reports.received('r1', 1, 'shop/1');
    reports.reset();
    assert.deepEqual(reports.due(1_003), []);
  });

  it('are not given up for an acknowledgement of another recycle, channel or slot, or of one that goes on', () => {
    const reports = new RecycleReports();
    const done = tally('r1', 0);
    const going = tally('r2', 2);
    for (const one of [done, going]) reports.note(one, 0);
    going.count('finished');
    reports.due(0);
    reports.received('r2', 1, 'shop/1');
    reports.received('r1', 2, 'shop/1');
    reports.received('r1', 1, 'shop/2');
    reports.reset();
    assert.deepEqual(ids(reports.due(1)), ['r1', 'r2']);
  });

  it('forget the oldest when a leader never acknowledges', () => {
    const reports = new RecycleReports();
    for (let n = 0; n < 1_005; n++) reports.note(tally(`r${n}`, 0), 0);
    const due = ids(reports.due(0));
    assert.deepEqual([due.length, due[0], due.at(-1)], [1_000, 'r5', 'r1004']);
  });
});
