import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { check } from './check.ts';
import { FLAWS } from './testing/flaws.ts';
import { randomRuns } from './testing/random-runs.ts';
import { ValidRun } from './testing/valid-run.ts';

const RUNS = 200;

describe('the checker', () => {
  it('is silent about every run that keeps the rules', () => {
    fc.assert(
      fc.property(randomRuns(60), (run) => assert.deepEqual(check(run.history()), [])),
      { numRuns: RUNS },
    );
  });

  it('is silent about a run in which nothing happened', () => assert.deepEqual(check({ events: [], adapters: [], receipts: [] }), []));
});

describe('a receipt without the last word of an adapter', () => {
  const lacking = (outcome: string, isOver: boolean) => {
    const run = new ValidRun();
    run.take({ do: 'request', adapter: 0, slot: 0 });
    run.take({ do: 'recycle', slot: 0, asked: 2, ends: outcome === 'failed' ? 'replacementDies' : 'commits' });
    const { final, ...history } = run.history();
    const receipts = history.receipts.map((receipt) => ({ ...receipt, finished: 0, isIncomplete: true }));
    assert.deepEqual(
      receipts.map((receipt) => receipt.outcome),
      [outcome],
    );
    return { ...history, ...(isOver && final ? { final } : {}), receipts };
  };

  it('is in order while the run goes on if the recycle was taken back: the old worker still has what was tagged', () => {
    assert.deepEqual(check(lacking('failed', false)), []);
  });

  it('is not once the run is over, nor of a recycle that is completed', () => {
    for (const history of [lacking('failed', true), lacking('completed', false), lacking('completed', true)]) {
      assert.deepEqual(
        check(history).map(({ rule }) => rule),
        ['receipts add up'],
      );
    }
  });
});

describe('the checker rejects a run in which', () => {
  const histories = fc.sample(randomRuns(60), { numRuns: RUNS, seed: 20_261_120 }).map((run) => run.history());
  for (const { title, rule, put } of FLAWS) {
    it(`${title} (${rule})`, () => {
      const flawed = histories.flatMap((history) => put(history) ?? []);
      assert.ok(flawed.length >= 10, `it could be put into ${flawed.length} of ${RUNS} runs only`);
      for (const history of flawed) assert.ok(check(history).some((violation) => violation.rule === rule));
    });
  }
});
