import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BatonError } from '@baton/core';
import type { EnvironmentValue } from '../slots/order.ts';
import { cleanEnvironment, resolveEnvironment } from './environment.ts';

const dir = await mkdtemp(join(tmpdir(), 'baton-environment-'));
after(() => rm(dir, { recursive: true, force: true }));
await writeFile(join(dir, 'key'), 'two\nlines\r\n');
await writeFile(join(dir, 'empty'), '');
await writeFile(join(dir, 'large'), Buffer.alloc(1_048_577));

test('an app sees the environment of its host without what is Baton’s own', () => {
  const seen = cleanEnvironment({
    PATH: '/bin',
    HOME: '/root',
    BATON_SECRET: 's',
    BATON_TOKEN: 't',
    npm_lifecycle_event: 'start',
    INIT_CWD: '/x',
    NODE_CHANNEL_FD: '3',
  });
  assert.deepEqual(seen, { PATH: '/bin', HOME: '/root' });
});

test('values come as they are, from the environment of the host, and from files without their last line break', async () => {
  const values = { A: { literal: '' }, B: { fromEnv: 'THERE' }, C: { fromFile: join(dir, 'key') }, D: { fromFile: 'empty' } };
  assert.deepEqual(await resolveEnvironment(values, { THERE: '' }, dir), { A: '', B: '', C: 'two\nlines', D: '' });
});

const MISSING: [string, EnvironmentValue, RegExp][] = [
  ['a variable that is not there', { fromEnv: 'GONE' }, /NAME should come from GONE/],
  ['a variable of Baton', { fromEnv: 'BATON_SECRET' }, /NAME should come from BATON_SECRET/],
  ['a file that is not there', { fromFile: '/nowhere/key' }, /NAME should come from the file \/nowhere\/key .*ENOENT/],
  ['a directory', { fromFile: dir }, /not a regular file/],
  ['a file that is too large', { fromFile: 'large' }, /1048577 bytes, expected at most 1048576/],
];
for (const [title, value, message] of MISSING) {
  test(`missing: ${title}`, async () => {
    await assert.rejects(
      resolveEnvironment({ NAME: value }, { BATON_SECRET: 'hush' }, dir),
      (error) =>
        error instanceof BatonError && error.code === 'SECRET_MISSING' && message.test(error.message) && !error.message.includes('hush'),
    );
  });
}
