import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '@baton/core';
import { boundFile } from './bound-file.ts';
import { LogFile } from './log-file.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'baton-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a log file that is full is set aside, and only so many old ones are kept', async (t) => {
  const folder = folderOf(t);
  const log = new LogFile(join(folder, 'logs', 'a.log'), { limitBytes: 20, keep: 2 });
  for (let number = 0; number < 10; number++) log.write(`line ${number}`);
  await log.close();
  const files = readdirSync(join(folder, 'logs')).sort();
  assert.deepEqual(files, ['a.log', 'a.log.1', 'a.log.2']);
  await until(() => readFileSync(join(folder, 'logs', 'a.log.2'), 'utf8') !== '', 1_000);
  assert.deepEqual(
    files.map((name) => readFileSync(join(folder, 'logs', name), 'utf8')),
    ['line 8\nline 9\n', 'line 6\nline 7\n', 'line 4\nline 5\n'],
  );
});

test('a log file goes on where an earlier run ended', async (t) => {
  const path = join(folderOf(t), 'a.log');
  for (const text of ['one', 'two']) {
    const log = new LogFile(path);
    log.write(text);
    await log.close();
  }
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
});

test('a file that another process writes is emptied when it is too large, and its last lines are kept beside it', async (t) => {
  const path = join(folderOf(t), 'access.log');
  writeFileSync(path, 'x'.repeat(100));
  const end = new AbortController();
  const bounded = boundFile(path, { everyMs: 5, limitBytes: 50, signal: end.signal });
  await until(() => statSync(path).size === 0, 5_000, 'the emptied file');
  assert.equal(statSync(`${path}.1`).size, 100);
  end.abort();
  await bounded;
});
