import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BatonError } from '@baton/core';
import { isSameProcess, startTimeOf } from '../supervise/process-id.ts';
import { loadIdentity } from './identity.ts';
import { awaitLeftovers, findLeftovers } from './leftovers.ts';
import { lockDataDir } from './lock.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'baton-data-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a data directory is made when it is missing, and its lock goes when it is released', (t) => {
  const dataDir = join(folderOf(t), 'a', 'b');
  const lock = lockDataDir(dataDir);
  assert.deepEqual(readdirSync(dataDir), ['lock']);
  lock.release();
  assert.deepEqual(readdirSync(dataDir), []);
});

test('a lock that is held is refused with the pid of its holder', (t) => {
  const dataDir = folderOf(t);
  lockDataDir(dataDir);
  assert.throws(
    () => lockDataDir(dataDir),
    (error: BatonError) => error.code === 'DATA_DIR_IN_USE' && error.message.includes(`pid ${process.pid}`),
  );
  assert.deepEqual(readdirSync(dataDir), ['lock']);
});

test('the lock of a process that ended is taken over, also when its pid is in use again, and when the lock is damaged', (t) => {
  const dataDir = folderOf(t);
  for (const stale of [
    JSON.stringify({ pid: 999_999_999, startTime: '1' }),
    JSON.stringify({ pid: process.pid, startTime: 'another' }),
    '{',
    '',
  ]) {
    writeFileSync(join(dataDir, 'lock'), stale);
    const lock = lockDataDir(dataDir);
    assert.equal(JSON.parse(readFileSync(join(dataDir, 'lock'), 'utf8')).pid, process.pid);
    lock.release();
  }
  assert.deepEqual(readdirSync(dataDir), []);
});

test('the identity of a cluster stays the same and is for its owner only', (t) => {
  const dataDir = folderOf(t);
  const first = loadIdentity(dataDir);
  assert.deepEqual(loadIdentity(dataDir), first);
  assert.equal(statSync(join(dataDir, 'identity.json')).mode & 0o777, 0o600);
  assert.notDeepEqual(loadIdentity(folderOf(t)), first);
});

test('what an earlier run left behind is waited for, and killed when it does not end', async (t) => {
  const dataDir = folderOf(t);
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const startTime = startTimeOf(child.pid!)!;
  const other = { gone: 999_999_999, reused: process.pid };
  const content = { pids: { 'host-1': child.pid, ...other }, startTimes: { 'host-1': startTime, gone: '1', reused: 'another' } };
  writeFileSync(join(dataDir, 'cluster.json'), JSON.stringify(content));
  const leftovers = findLeftovers(dataDir);
  assert.deepEqual(leftovers, [{ name: 'host-1', pid: child.pid, startTime }]);
  await awaitLeftovers(leftovers, new AbortController().signal, 100);
  assert.equal(isSameProcess(child.pid!, startTime), false);
});
