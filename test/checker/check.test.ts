import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { check } from './check.ts';
import { FLAWS } from './testing/flaws.ts';
import { randomRuns } from './testing/random-runs.ts';

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
