import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, suite, test } from 'node:test';
import { BATON_HOST, type BatonHost } from '../baton-host.ts';
import { GL_NOTIFICATION_CONTINUE } from '../constants/global-notifications.ts';
import { Overlapped, reportUnhealthy, server } from '../index.ts';
import { ThreadPool } from '../thread-pool/thread-pool.ts';
import { HostedServer } from './hosted-server.ts';
import { NO_HOST } from './no-host.ts';

const place = globalThis as { [BATON_HOST]?: BatonHost };
afterEach(() => {
  delete place[BATON_HOST];
});

suite('the server of a process without Baton', () => {
  test('has effects that do no harm', () => {
    assert.equal(server.isCommandLineLaunch(), true);
    assert.equal(server.getAppPoolName(), '');
    assert.equal(server.recycleProcess('nobody hears'), undefined);
    assert.equal(server.reportUnhealthy('nobody pings'), undefined);
    assert.equal(reportUnhealthy('nobody pings'), undefined);
    assert.equal(server.notifyCustomNotification({}), GL_NOTIFICATION_CONTINUE);
    assert.equal(server.getTraceContext(), undefined);
    assert.equal(server.getWorkerProcessSettings().applicationPool, '');
    assert.throws(() => server.recycleApplication('shop'), { code: 'ERROR_PATH_NOT_FOUND', message: /without Baton/ });
    assert.ok('recycleProcess' in server);
  });

  test('has a thread pool, files and caches that work', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'baton-own-'));
    try {
      writeFileSync(join(folder, 'f.txt'), 'content');
      await using handle = await open(join(folder, 'f.txt'));
      const buffer = Buffer.alloc(7);
      await new Promise((resolve) => server.associateWithThreadPool(handle, resolve).read(buffer, new Overlapped()));
      assert.equal(buffer.toString(), 'content');
      assert.equal((await server.getFileInfo(join(folder, 'f.txt'))).size, 7);
      server.addFragmentToCache('x', 'own');
      assert.equal(server.readFragmentFromCache('own').toString(), 'x');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

suite('the server of a worker process', () => {
  const facts = { id: 'w3', pool: 'shop', slot: 'shop/1', generation: 4 };

  test('is the one that the process has put there, for each copy of the package', () => {
    const said: string[] = [];
    const hosted = new HostedServer({ ...NO_HOST, worker: facts, recycleProcess: (reason) => said.push(reason) }, new ThreadPool());
    place[BATON_HOST] = { version: 2, worker: facts, recycleProcess: () => {}, on: () => () => {}, server: hosted };
    const copy: typeof import('../index.ts') = createRequire(import.meta.url)('../index.js');
    server.recycleProcess('mine');
    copy.server.recycleProcess('the copy');
    assert.deepEqual(said, ['mine', 'the copy']);
    assert.equal(server.getAppPoolName(), 'shop');
  });

  test('of a release that has none still is asked for a recycle', () => {
    const said: string[] = [];
    place[BATON_HOST] = { version: 1, worker: facts, recycleProcess: (reason) => said.push(reason), on: () => () => {} };
    server.recycleProcess('old host');
    assert.deepEqual([said, server.getAppPoolName()], [['old host'], 'shop']);
  });
});
