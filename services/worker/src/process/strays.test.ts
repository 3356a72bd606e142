import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
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
  const dir = await mkdtemp(join(tmpdir(), 'baton-ledger-'));
  try {
    const ledger = new Ledger(dir, failWith);
    ledger.add({ ...facts, pid: process.pid });
    ledger.add({ ...facts, workerId: 'w2', pid: process.pid });
    ledger.remove('w2');
    await ledger.settled();
    const entries = await new Ledger(dir, failWith).read();
    const mark = await processMark(process.pid);
    assert.deepEqual(entries, [{ ...facts, pid: process.pid, ...mark }]);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('a ledger that others may write, or that is no list, names nobody', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'baton-ledger-'));
  try {
    await writeFile(join(dir, 'children.json'), '{"pid":1}');
    assert.deepEqual(await new Ledger(dir, failWith).read(), []);
    await writeFile(join(dir, 'children.json'), '[{"pid":');
    await assert.rejects(new Ledger(dir, failWith).read());
    await chmod(dir, 0o777);
    await assert.rejects(new Ledger(dir, failWith).read(), /may be written by others/);
  } finally {
    await rm(dir, { recursive: true });
  }
});
