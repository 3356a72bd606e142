import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Overlapped } from '../thread-pool/overlapped.ts';
import { NO_HOST } from './no-host.ts';
import type { OperationSpan } from './server-host.ts';
import { code, stage } from './testing/stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'baton-server-'));
after(() => rmSync(folder, { recursive: true, force: true }));

suite('what goes to the host', () => {
  test('facts of the process', () => {
    const { server } = stage();
    assert.equal(server.getAppPoolName(), 'shop');
    assert.equal(server.isCommandLineLaunch(), false);
    assert.equal(server.getWorkerProcessSettings(), NO_HOST.settings);
    assert.equal(server.getTraceContext(), undefined);
  });

  test('the wish for a recycle, which never fails its caller', () => {
    const { server, said } = stage();
    assert.equal(server.recycleProcess('tired'), undefined);
    server.recycleApplication('shop');
    server.reportUnhealthy('the cache is gone', 0x8000_4005);
    assert.deepEqual(said, [
      ['recycleProcess', 'tired'],
      ['recycleApplication', 'shop'],
      ['reportUnhealthy', 'the cache is gone', 0x8000_4005],
    ]);
    const broken = stage({
      recycleProcess: () => {
        throw new Error('the line is down');
      },
    });
    assert.equal(broken.server.recycleProcess('tired'), undefined);
    assert.deepEqual(broken.said, [['error', 'asking for a recycle failed']]);
  });

  test('an application that is not there is ERROR_PATH_NOT_FOUND', () => {
    const { server } = stage({ recycleApplication: NO_HOST.recycleApplication });
    assert.throws(() => server.recycleApplication('/nowhere'), code('ERROR_PATH_NOT_FOUND'));
  });

  test('the number of slots', () => {
    const { server, pool } = stage();
    server.incrementThreadCount();
    server.incrementThreadCount();
    server.decrementThreadCount();
    assert.equal(pool.stats.maxThreads, 3);
    assert.equal(server.getPerfCounterInfo().maximumThreadsCount, 3);
  });

  test('spans of operations of sampled requests, where the host records them', async () => {
    const spans: OperationSpan[] = [];
    const { server } = stage({
      activeTrace: () => ({ traceparent: '00-a-b-01', isSampled: true }),
      recordSpan: (span) => spans.push(span),
    });
    writeFileSync(join(folder, 'traced'), 'traced');
    await using handle = await open(join(folder, 'traced'));
    await new Promise((resolve) => server.associateWithThreadPool(handle, resolve).read(Buffer.alloc(6), new Overlapped()));
    assert.deepEqual(
      spans.map(({ name, bytes, traceparent }) => ({ name, bytes, traceparent })),
      [{ name: 'overlapped read', bytes: 6, traceparent: '00-a-b-01' }],
    );
    assert.equal(server.getTraceContext()?.traceparent, '00-a-b-01');
  });
});
