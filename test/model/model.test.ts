import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from './check/explore.ts';
import { makeMachine } from './make-machine.ts';
import { BUGS } from './runs/bugs.ts';
import { FLAWS } from './runs/flaws.ts';
import { configurationNamed } from './runs/holds.ts';

// Small enough for every run of the tests, with each kind of stop and of fault in at least one. The others: npm run test:model.
const SMALL = [
  'replace',
  'replace+linkDrop2',
  'replace+limit+wasDrop',
  'receipts+wasDrop',
  'receipts+limit',
  'replace+adapter',
  'receipts+adapter',
  'follow',
  'cold',
  'cold+crash',
  'cold+leader+late',
  'cold+usurp',
  'park',
  'park+crash',
  'lateJoin',
  'unconnected',
  'unconnected+wasDrop',
];

// Seconds each, and hundreds of megabytes: seen to break by npm run test:model only.
const LARGE = ['no fromMayDie', 'no openUnlessConnected', 'adapter-obeys-old-leader'];

for (const name of SMALL) {
  test(`the protocol holds in ${name}`, () => {
    const { verdict, why, trace } = explore(makeMachine(configurationNamed(name)));
    assert.equal(verdict, 'holds', [why, ...trace].join('\n'));
  });
}

for (const configuration of [...FLAWS, ...BUGS].filter(({ name }) => !LARGE.includes(name))) {
  test(`the model shows what goes wrong with ${configuration.name}`, () => {
    const { verdict, trace } = explore(makeMachine(configuration));
    assert.ok(verdict === 'broken' || verdict === 'stuck' || verdict === 'cycle', verdict);
    assert.ok(trace.length > 0);
  });
}
