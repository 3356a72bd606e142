import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWasConfig } from './config.ts';

const NEEDED = ['--cluster', 'c', '--redis', 'unix:/r'];
const SECRETS = { BATON_SECRET: 's', BATON_TOKEN: 't' };

test('the life of worker identities is 10 minutes, another by flag or environment, and refused where it is no time', () => {
  assert.equal(readWasConfig(NEEDED, SECRETS).tokenLifeMs, 600_000);
  assert.equal(readWasConfig([...NEEDED, '--token-life', '3000'], SECRETS).tokenLifeMs, 3_000);
  assert.equal(readWasConfig(NEEDED, { ...SECRETS, BATON_TOKEN_LIFE: '4000' }).tokenLifeMs, 4_000);
  for (const life of ['0', '10m', '999999999']) {
    assert.throws(() => readWasConfig([...NEEDED, '--token-life', life], SECRETS), {
      code: 'USAGE',
      message: /--token-life is a time from 1000/,
    });
  }
});

test('a key signs for 12 hours, for another time by flag or environment, and is refused where it is no time', () => {
  assert.equal(readWasConfig(NEEDED, SECRETS).keyLifeMs, 43_200_000);
  assert.equal(readWasConfig([...NEEDED, '--key-life', '60000'], SECRETS).keyLifeMs, 60_000);
  assert.equal(readWasConfig(NEEDED, { ...SECRETS, BATON_KEY_LIFE: '70000' }).keyLifeMs, 70_000);
  for (const life of ['0', '59999', '12h']) {
    assert.throws(() => readWasConfig([...NEEDED, '--key-life', life], SECRETS), {
      code: 'USAGE',
      message: /--key-life is a time from 60000/,
    });
  }
});

test('what a WAS cannot do without is named', () => {
  assert.throws(() => readWasConfig(['--cluster', 'c'], SECRETS), { code: 'USAGE', message: '--redis is required' });
  assert.throws(() => readWasConfig(NEEDED, { BATON_TOKEN: 't' }), { code: 'USAGE', message: 'BATON_SECRET is required' });
});
