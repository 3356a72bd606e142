import { describe, it } from 'node:test';
import type { Case } from './case.ts';
import { CHANGES } from './changes.ts';
import { CHANNELS } from './channels.ts';
import { HANDOVERS } from './handovers.ts';
import { REGISTRATION } from './registration.ts';
import type { Subject } from './subject.ts';
import { SuiteStage } from './suite-stage.ts';

export type { RunningSubject, SentOutcome, Subject, SubjectPlace } from './subject.ts';

const PARTS: Readonly<Record<string, readonly Case[]>> = {
  'registration and leave': REGISTRATION,
  channels: CHANNELS,
  'hand-over, drain and death': HANDOVERS,
  changes: CHANGES,
};

/**
 * Declares the tests that every listener adapter has to pass: a WAS that says what each case says, real links, real workers' ends, and work that
 * comes in as it does from clients. Call it in a test file.
 */
export function conformance(subject: Subject): void {
  const { protocol, variant } = subject;
  describe(`a listener adapter for ${protocol}${variant === undefined ? '' : `, ${variant}`}`, () => {
    for (const [part, cases] of Object.entries(PARTS)) {
      describe(part, { concurrency: 4 }, () => {
        for (const { title, stage: options, run } of cases) {
          it(title, { timeout: 60_000 }, async () => {
            await using stage = await SuiteStage.open(subject, options);
            await run(stage);
          });
        }
      });
    }
  });
}
