import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newHost } from '../cluster/host.ts';
import { jobId, parseJobId } from '../jobs/job-id.ts';
import { LIMITS } from '../limits.ts';
import { chooseHost } from '../place/place.ts';
import { isLost } from '../presence.ts';
import { countFailure, crashDelayMs } from './backoff.ts';
import { judgeOpen } from './permit.ts';
import { slotToAdd } from './scale.ts';

describe('placement', () => {
  const host = (id: string, more: object = {}) =>
    Object.assign(newHost(id, 0), { capacity: 4, isConnected: true, freeMemoryBytes: 100, ...more });

  it('takes the host with the most room, then the most memory, then the name', () => {
    const hosts = [host('c'), host('b'), host('a', { capacity: 3 })];
    assert.equal(chooseHost(hosts, new Map([['c', 1]]), 'x', 0).host, 'b');
    assert.equal(chooseHost([host('b'), host('a', { freeMemoryBytes: 200 })], new Map(), 'x', 0).host, 'a');
    assert.equal(chooseHost([host('b'), host('a')], new Map(), 'x', 0).host, 'a');
  });

  it('takes none that is full, lost, silent or shutting down, and says why', () => {
    assert.deepEqual(chooseHost([], new Map(), 'x', 0), { reason: 'no worker host is attached' });
    assert.deepEqual(
      chooseHost([host('a', { state: 'lost' }), host('b', { isConnected: false }), host('c', { isStopping: true })], new Map(), 'x', 0),
      {
        reason: 'no worker host is attached',
      },
    );
    assert.deepEqual(chooseHost([host('a')], new Map([['a', 4]]), 'x', 0), { reason: 'every attached worker host is full' });
  });

  it('takes a replacement to another host whenever one can take it', () => {
    const roomy = host('a', { capacity: 9 });
    assert.equal(chooseHost([roomy, host('b', { capacity: 1 })], new Map(), 'x', 0, 'a').host, 'b');
    assert.equal(chooseHost([roomy, host('b', { capacity: 1 })], new Map([['b', 1]]), 'x', 0, 'a').host, 'a');
    assert.equal(chooseHost([roomy, host('b', { avoid: new Map([['x', 50]]) })], new Map(), 'x', 0, 'a').host, 'a');
  });

  it('asks a host without the entry only when nobody else is left', () => {
    const lacking = host('a', { avoid: new Map([['x', 50]]) });
    assert.equal(chooseHost([lacking, host('b', { capacity: 1 })], new Map(), 'x', 0).host, 'b');
    assert.equal(chooseHost([lacking], new Map(), 'x', 0).host, 'a');
    assert.equal(chooseHost([lacking, host('b', { capacity: 1 })], new Map(), 'x', 50).host, 'a');
  });
});

describe('one more worker', () => {
  it('is added when work waits or there is more work than workers, one at a time, up to maxProcesses', () => {
    assert.equal(slotToAdd({ slots: ['working', 'empty', 'empty'], parked: 1, inFlight: 0 }), 1);
    assert.equal(slotToAdd({ slots: ['working', 'empty'], parked: 0, inFlight: 2 }), 1);
    assert.equal(slotToAdd({ slots: ['working', 'empty'], parked: 0, inFlight: 1 }), -1);
    assert.equal(slotToAdd({ slots: ['working', 'pending', 'empty'], parked: 9, inFlight: 9 }), -1);
    assert.equal(slotToAdd({ slots: ['working', 'working'], parked: 9, inFlight: 9 }), -1);
    assert.equal(slotToAdd({ slots: ['empty', 'working'], parked: 1, inFlight: 0 }), 0);
  });

  it('is never the first: that one starts by Open', () => {
    assert.equal(slotToAdd({ slots: ['empty', 'empty'], parked: 9, inFlight: 0 }), -1);
  });
});

describe('retries', () => {
  const delay = (failures: number) => crashDelayMs(failures, LIMITS, () => 0.5);

  it('come at once after a crash, and 0.2 s growing to 30 s after failed starts', () => {
    assert.deepEqual([0, 1, 2, 3, 8, 9, 30].map(delay), [0, 200, 400, 800, 25_600, 30_000, 30_000]);
  });

  it('have jitter', () => {
    assert.ok(crashDelayMs(1, LIMITS, () => 0) < 200 && crashDelayMs(1, LIMITS, () => 0.99) > 200);
  });

  it('count failed starts, and crashes only when several come soon after ready', () => {
    let row = { failures: 0, quickCrashes: 0 };
    row = countFailure(row, { readyForMs: undefined }, LIMITS);
    assert.equal(row.failures, 1);
    row = countFailure(row, { readyForMs: 60_000 }, LIMITS);
    assert.deepEqual(row, { failures: 0, quickCrashes: 0 });
    const failures = Array.from({ length: 5 }, () => {
      row = countFailure(row, { readyForMs: 10 }, LIMITS);
      return row.failures;
    });
    assert.deepEqual(failures, [0, 0, 0, 1, 2]);
  });
});

describe('permission numbers', () => {
  const given = (openedWith: number | undefined, permission: number, number: number) => judgeOpen({ openedWith, permission }, number);

  it('let the first Open come with 0 or with the number that was given', () => {
    assert.deepEqual(
      [given(undefined, 0, 0), given(undefined, 7, 0), given(undefined, 7, 7), given(undefined, 7, 6)],
      ['accept', 'accept', 'accept', 'refuse'],
    );
  });

  it('answer the same number again as before, and refuse an old one or none', () => {
    assert.deepEqual([given(0, 0, 0), given(7, 0, 7), given(7, 9, 7)], ['repeat', 'repeat', 'repeat']);
    assert.deepEqual([given(7, 9, 9), given(7, 9, 0), given(7, 9, 6), given(7, 0, 8)], ['accept', 'refuse', 'refuse', 'refuse']);
  });
});

describe('presence', () => {
  const silent = { state: 'attached', heardAtMs: 0 } as const;

  it('loses a host after 5 s of silence, never within 5 s of a take-over', () => {
    assert.equal(isLost(silent, 4_999, 0), false);
    assert.equal(isLost(silent, 5_000, 0), true);
    assert.equal(isLost(silent, 9_000, 9_001), false);
    assert.equal(isLost({ ...silent, state: 'lost' }, 9_000, 0), false);
  });
});

describe('job ids', () => {
  it('name slot, generation, verb, epoch and number without a colon, and can be read back', () => {
    const name = { slot: 'my-shop.eu/12', generation: 3, verb: 'start', epoch: 4, number: 5 };
    assert.equal(jobId(name), 'my-shop.eu.12-3-start-4-5');
    assert.deepEqual(parseJobId(jobId(name)), name);
    assert.equal(parseJobId('what'), undefined);
  });
});
