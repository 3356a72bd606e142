import fc from 'fast-check';
import { type Step, ValidRun } from './valid-run.ts';

const small = fc.nat(7);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('request' as const), adapter: small, slot: small }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), adapter: small, which: small }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('recycle' as const),
      slot: small,
      asked: small,
      ends: fc.constantFrom('commits' as const, 'replacementDies' as const, 'oldOneDies' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('idleOut' as const), slot: small }) },
  fc.record({ do: fc.constant('crash' as const), slot: small }),
  fc.record({ do: fc.constant('leave' as const), adapter: small }),
  fc.record({ do: fc.constant('return' as const), adapter: small }),
);

/** Runs of up to `maxLength` steps, each of which keeps every rule. */
export function randomRuns(maxLength: number): fc.Arbitrary<ValidRun> {
  return fc.array(step, { maxLength }).map((steps) => {
    const run = new ValidRun();
    for (const one of steps) run.take(one);
    return run;
  });
}
