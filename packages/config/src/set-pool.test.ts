import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatonError } from '@baton/core';
import { parseConfig } from './parse.ts';
import { setPoolSettings } from './set-pool.ts';

const TEXT = `apiVersion: baton/v1
# what we sell
pools:
  - name: api
  - name: shop # busy
    queueLength: 50
`;
const set = (...given: string[]) =>
  setPoolSettings(
    TEXT,
    'shop',
    given.map((text) => ({ key: text.slice(0, text.indexOf('=')), value: text.slice(text.indexOf('=') + 1) })),
  );
const shop = (text: string) => parseConfig(text, { file: 'baton.yaml' }).pools[1]!;

test('settings of a pool are changed where they stand or added, in groups too, and comments stay', () => {
  const text = set('queueLength=60', 'processModel.idleTimeout=5m', 'recycling.periodicRestart.schedule=["03:00"]');
  assert.ok(text.includes('# what we sell') && text.includes('# busy'));
  const { queueLength, processModel, recycling } = shop(text);
  assert.deepEqual([queueLength, processModel.idleTimeoutMs, recycling.periodicRestart.schedule], [60, 300_000, ['03:00']]);
});

test('an environment variable is text, also with a dot in its name, and may be a secret', () => {
  const { environmentVariables } = shop(
    set('environmentVariables.V=1.10', 'environmentVariables.a.b=x', 'environmentVariables.S={fromEnv: S}'),
  );
  assert.deepEqual(environmentVariables, { V: { literal: '1.10' }, 'a.b': { literal: 'x' }, S: { fromEnv: 'S' } });
});

test('a setting without a value has its default again', () => {
  assert.equal(shop(set('queueLength=')).queueLength, 1000);
});

test('a pool that is not there, and a value that is not YAML, are refused', () => {
  assert.throws(
    () => setPoolSettings(TEXT, 'shpo', []),
    (error: BatonError) => error.code === 'NOT_FOUND',
  );
  assert.throws(
    () => set('queueLength=[1'),
    (error: BatonError) => error.code === 'INVALID_ARGUMENT',
  );
});
