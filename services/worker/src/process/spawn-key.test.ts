import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyText, PLAIN_KEY, spawnKey } from './spawn-key.ts';

test('variables that Node or libc read at start need a process of their own, others do not', () => {
  const plain = keyText(PLAIN_KEY);
  assert.equal(keyText(spawnKey({ NODE_ENV: 'production', DB_URL: 'x' }, {})), plain);
  for (const name of ['NODE_OPTIONS', 'TZ', 'UV_THREADPOOL_SIZE', 'LD_PRELOAD', 'LC_ALL']) {
    assert.notEqual(keyText(spawnKey({ [name]: 'x' }, {})), plain, name);
  }
});

test('a value the host has already asks for nothing', () => {
  assert.equal(keyText(spawnKey({ TZ: 'UTC' }, { TZ: 'UTC' })), keyText(PLAIN_KEY));
});

test('the order of variables does not matter', () => {
  assert.equal(keyText(spawnKey({ TZ: 'UTC', LANG: 'C' }, {})), keyText(spawnKey({ LANG: 'C', TZ: 'UTC' }, {})));
});
