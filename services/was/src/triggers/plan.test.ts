import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '@baton/config';
import { comparePlans, planTimes } from './plan.ts';

const plan = (schedule: string) =>
  planTimes(
    parseConfig(
      `apiVersion: baton/v1\npools: [{ name: my.shop, recycling: { periodicRestart: { schedule: ${schedule} } } }, { name: other }]\n`,
      {
        file: 'baton.yaml',
      },
    ).pools,
  );

describe('the schedule of a pool', () => {
  it('becomes one scheduler per time of day, daily at that minute', () => {
    assert.deepEqual(plan('["03:05", "23:00"]'), [
      { id: 'my.shop@0305', pool: 'my.shop', time: '03:05', pattern: '5 3 * * *' },
      { id: 'my.shop@2300', pool: 'my.shop', time: '23:00', pattern: '0 23 * * *' },
    ]);
  });

  it('adds what is new, takes away what is not wanted any more, and leaves the rest alone, whose next firing may be due', () => {
    const present = [
      { key: 'my.shop@0305', pattern: '5 3 * * *' },
      { key: 'gone@0100', pattern: '0 1 * * *' },
    ];
    const { add, remove } = comparePlans(plan('["03:05", "23:00"]'), present);
    assert.deepEqual([add.map(({ id }) => id), remove], [['my.shop@2300'], ['gone@0100']]);
    assert.deepEqual(comparePlans([], []), { add: [], remove: [] });
  });
});
