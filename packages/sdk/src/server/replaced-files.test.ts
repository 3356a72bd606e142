import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileMonitors } from './file-monitors.ts';

const folder = mkdtempSync(join(tmpdir(), 'baton-monitors-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function watching(path: string) {
  const seen: string[] = [];
  const monitor = new FileMonitors().add(
    path,
    (changed) => seen.push(changed),
    (error) => assert.fail(error.message),
  );
  const count = async (least: number) => {
    for (const endAtMs = Date.now() + 30_000; seen.length < least; await sleep(2))
      if (Date.now() > endAtMs) assert.fail(`${seen.length} changes of ${path} were heard, not ${least}`);
  };
  return { seen, count, [Symbol.dispose]: () => monitor.close() };
}

suite('a monitor of a file', () => {
  test('goes on when another file is put in its place, as editors do, and when it is gone and comes again', async () => {
    const path = join(folder, 'settings.json');
    writeFileSync(path, '0');
    using monitor = watching(path);
    for (let change = 1; change <= 3; change++) {
      writeFileSync(`${path}.new`, String(change));
      renameSync(`${path}.new`, path);
      await monitor.count(change);
    }
    rmSync(path);
    await monitor.count(4);
    writeFileSync(path, '5');
    await monitor.count(5);
    writeFileSync(path, '6');
    await monitor.count(6);
    assert.deepEqual(new Set(monitor.seen), new Set([path]));
  });

  test('hears nothing of its neighbours, and of a link what its file does, by the name of the link', async () => {
    const path = join(folder, 'real.txt');
    const link = join(folder, 'link.txt');
    writeFileSync(path, '0');
    symlinkSync(path, link);
    using monitor = watching(link);
    writeFileSync(join(folder, 'neighbour.txt'), '1');
    await sleep(100);
    assert.deepEqual(monitor.seen, []);
    writeFileSync(path, '1');
    await monitor.count(1);
    assert.deepEqual(monitor.seen, [link]);
  });
});
