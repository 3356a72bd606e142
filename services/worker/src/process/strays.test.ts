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

const facts = {
  workerId: 'w1',
  pool: 'shop',
  slot: 'shop/1',
  generation: 1,
  role: 'activation',
  startedAtMs: 1,
  shutdownTimeLimitMs: 0,
  stopByMs: 0,
};

const NOTHING = { children: [], ended: [] };

const failWith = (error: unknown): never => assert.fail(String(error));

test('a pid that was used again for another process is left alone', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore', detached: true });
  try {
    const mark = await processMark(other.pid!);
    assert.ok(mark);
    const found: MarkedEntry[] = [];
    const ended: string[] = [];
    const strays = new Strays({
      onFound: (stray) => found.push(stray),
      onEnded: ({ startTicks }) => ended.push(startTicks),
      onGone: () => undefined,
      everyMs: 10,
    });
    await strays.open([
      { ...facts, pid: other.pid!, startTicks: '1', bootId: mark.bootId },
      { ...facts, pid: other.pid!, startTicks: mark.startTicks, bootId: 'another boot' },
    ]);
    assert.deepEqual(found, []);
    assert.deepEqual(ended, ['1', mark.startTicks], 'both are told as ended');
    await strays.close(AbortSignal.abort());
    assert.equal(other.exitCode, null);
  } finally {
    other.kill('SIGKILL');
    await once(other, 'exit');
  }
});

test('the ledger gives back what it noted: who runs, and who has ended and how', async () => {
  await using dir = await temporaryDir();
  const ledger = new Ledger(dir.path, failWith);
  assert.deepEqual(await ledger.open(), NOTHING);
  ledger.add({ ...facts, pid: process.pid });
  ledger.add({ ...facts, workerId: 'w2', pid: process.pid });
  const exit = { code: 0, signal: '', errorCode: '', message: 'stopped: idle', planned: true };
  ledger.end({ ...facts, workerId: 'w2', pid: process.pid }, exit);
  await ledger.settled();
  const mark = await processMark(process.pid);
  assert.deepEqual(await new Ledger(dir.path, failWith).open(), {
    children: [{ ...facts, pid: process.pid, ...mark }],
    ended: [{ ...facts, workerId: 'w2', pid: process.pid, exit }],
  });
});

test('a ledger whose host still runs is refused, and one whose host is gone is taken over', async () => {
  await using dir = await temporaryDir();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  const mark = await processMark(other.pid!);
  await writeFile(join(dir.path, 'children.json'), JSON.stringify({ host: { pid: other.pid, ...mark }, children: [] }));
  await assert.rejects(new Ledger(dir.path, failWith).open(), (error) => error instanceof BatonError && error.code === 'DATA_DIR_IN_USE');
  other.kill('SIGKILL');
  await once(other, 'exit');
  assert.deepEqual(await new Ledger(dir.path, failWith).open(), NOTHING);
});

test('a ledger that others may write, or that is none, names nobody', async () => {
  await using dir = await temporaryDir();
  const file = join(dir.path, 'children.json');
  await writeFile(file, '{"pid":1}');
  assert.deepEqual(await new Ledger(dir.path, failWith).open(), NOTHING);
  await writeFile(file, '[{"pid":');
  await assert.rejects(new Ledger(dir.path, failWith).open());
  await chmod(dir.path, 0o777);
  await assert.rejects(new Ledger(dir.path, failWith).open(), /may be written by others/);
});

async function temporaryDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'baton-ledger-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
