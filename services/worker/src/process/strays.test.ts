import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BatonError } from '@baton/core';
import { Ledger, type MarkedEntry } from './ledger.ts';
import { processMark } from './proc-facts.ts';
import { Strays } from './strays.ts';

const facts = { workerId: 'w1', pool: 'shop', slot: 'shop/1', generation: 1, role: 'activation', startedAtMs: 1, shutdownTimeLimitMs: 0 };

const failWith = (error: unknown): never => assert.fail(String(error));

test('a pid that was used again for another process is left alone', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore', detached: true });
  try {
    const mark = await processMark(other.pid!);
    assert.ok(mark);
    const found: MarkedEntry[] = [];
    const strays = new Strays({ onFound: (stray) => found.push(stray), onGone: () => undefined, everyMs: 10 });
    await strays.open([
      { ...facts, pid: other.pid!, startTicks: '1', bootId: mark.bootId },
      { ...facts, pid: other.pid!, startTicks: mark.startTicks, bootId: 'another boot' },
    ]);
    assert.deepEqual(found, []);
    await strays.close(AbortSignal.abort());
    assert.equal(other.exitCode, null);
  } finally {
    other.kill('SIGKILL');
    await once(other, 'exit');
  }
});

test('the ledger gives back what it noted, and forgets what is gone', async () => {
  await using dir = await temporaryDir();
  const ledger = new Ledger(dir.path, failWith);
  assert.deepEqual(await ledger.open(), []);
  ledger.add({ ...facts, pid: process.pid });
  ledger.add({ ...facts, workerId: 'w2', pid: process.pid });
  ledger.remove('w2');
  await ledger.settled();
  const mark = await processMark(process.pid);
  assert.deepEqual(await new Ledger(dir.path, failWith).open(), [{ ...facts, pid: process.pid, ...mark }]);
  await ledger.close();
  assert.deepEqual(await new Ledger(dir.path, failWith).open(), []);
});

test('a ledger whose host still runs is refused, and one whose host is gone is taken over', async () => {
  await using dir = await temporaryDir();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  const mark = await processMark(other.pid!);
  await writeFile(join(dir.path, 'children.json'), JSON.stringify({ host: { pid: other.pid, ...mark }, children: [] }));
  await assert.rejects(new Ledger(dir.path, failWith).open(), (error) => error instanceof BatonError && error.code === 'DATA_DIR_IN_USE');
  other.kill('SIGKILL');
  await once(other, 'exit');
  assert.deepEqual(await new Ledger(dir.path, failWith).open(), []);
});

test('a ledger that others may write, or that is none, names nobody', async () => {
  await using dir = await temporaryDir();
  const file = join(dir.path, 'children.json');
  await writeFile(file, '{"pid":1}');
  assert.deepEqual(await new Ledger(dir.path, failWith).open(), []);
  await writeFile(file, '[{"pid":');
  await assert.rejects(new Ledger(dir.path, failWith).open());
  await chmod(dir.path, 0o777);
  await assert.rejects(new Ledger(dir.path, failWith).open(), /may be written by others/);
});

async function temporaryDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'baton-ledger-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
