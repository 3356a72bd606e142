import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { diffConfig } from './diff.ts';
import { parseConfig } from './parse.ts';
import { processSettings } from './process-settings.ts';

const parse = (processModel: string) =>
  parseConfig(
    `apiVersion: baton/v1\npools: [{ name: one, processModel: { ${processModel} } }]\napps: [{ name: one, pool: one, entry: a.js, bindings: ["http://*:1/"] }]\n`,
    { file: 'baton.yaml' },
  );
const BEFORE = parse('');
const settingsIn = ({ pools, apps }: typeof BEFORE) => JSON.stringify(processSettings(pools[0]!, apps));

suite('of what getWorkerProcessSettings tells a worker, a change of', () => {
  for (const [setting, effect] of [
    ['idleTimeout: 5m', 'recycle'],
    ['startupTimeLimit: 5m', 'recycle'],
    ['shutdownTimeLimit: 5m', 'recycle'],
    ['maxProcesses: 4', 'in place'],
    ['pingInterval: 5m', 'in place'],
    ['pingingEnabled: false', 'in place'],
    ['pingResponseTime: 5m', 'in place'],
  ] as const)
    test(`${setting.split(':')[0]} acts by ${effect === 'recycle' ? 'a new worker, which is told' : 'itself, and those that run keep what they were told'}`, () => {
      const after = parse(setting);
      assert.deepEqual(
        diffConfig(BEFORE, after).map((change) => change.effect),
        [effect],
      );
      assert.equal(settingsIn(after) !== settingsIn(BEFORE), effect === 'recycle');
    });
});
