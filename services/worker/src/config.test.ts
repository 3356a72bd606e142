import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatonError } from '@baton/core';
import { readConfig } from './config.ts';

const env = { BATON_SECRET: 'x' };

test('flags come before the environment, and the environment before defaults', () => {
  const config = readConfig(['--id', 'h1', '--spares', '2', '--was', 'a:1, b:2'], {
    ...env,
    BATON_ID: 'h9',
    BATON_CAPACITY: '7',
    BATON_APP_ROOT: '/srv',
  });
  assert.equal(config.id, 'h1');
  assert.equal(config.spares, 2);
  assert.equal(config.capacity, 7);
  assert.equal(config.appRoot, '/srv');
  assert.equal(config.probePort, 0);
  assert.equal(config.advertise, '127.0.0.1');
  assert.deepEqual(config.was, ['a:1', 'b:2']);
  assert.match(config.stateDir, /host-h1$/);
});

const WRONG: [string, string[], RegExp][] = [
  ['a number that is none', ['--spares', 'many'], /--spares \(BATON_SPARES\): expected a whole number from 0 to 1000, got "many"/],
  ['a capacity of zero', ['--capacity', '0'], /--capacity/],
  ['an address without a port', ['--was', 'localhost'], /--was .*HOST:PORT/],
  ['an id with a slash', ['--id', 'a/b'], /--id/],
  ['an unknown flag', ['--spare', '1'], /--spare/],
];
for (const [title, args, message] of WRONG) {
  test(`refused: ${title}`, () => {
    assert.throws(
      () => readConfig(args, env),
      (error) => error instanceof BatonError && error.code === 'USAGE' && message.test(error.message),
    );
  });
}

test('a host without the cluster secret does not start', () => {
  assert.throws(() => readConfig([], {}), /BATON_SECRET/);
});
