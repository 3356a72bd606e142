import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { type RequestNotificationStatus, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { HttpModule } from '../pipeline/module.ts';
import { registering, servePipeline } from '../pipeline/testing/serve-pipeline.ts';
import { Overlapped } from './overlapped.ts';
import { ThreadPool } from './thread-pool.ts';

/** A module that reads a file in BEGIN_REQUEST, and whose completion routine then does `complete`. */
async function reading(complete: (context: HttpContext, bytes: number) => void, more: HttpModule = {}, leftMs = 0) {
  const pool = new ThreadPool();
  const handle = await open(import.meta.filename);
  const waiting = new Map<object, HttpContext>();
  let completions = 0;
  const associated = pool.associate(handle, (_error, bytes, overlapped) => {
    completions++;
    complete(waiting.get(overlapped)!, bytes);
  });
  const module: HttpModule = {
    onBeginRequest(context) {
      const overlapped = new Overlapped();
      waiting.set(overlapped, context);
      associated.read(Buffer.alloc(8), overlapped);
      return RQ_NOTIFICATION_PENDING;
    },
    ...more,
  };
  const fixture = await servePipeline(
    { reader: registering(module) },
    { pool, ...(leftMs > 0 && { options: () => ({ deadlineAtMs: Date.now() + leftMs }) }) },
  );
  const response = await fetch(fixture.url);
  const answer = { status: response.status, text: await response.text() };
  await fixture.isEmpty();
  await handle.close();
  return { ...answer, completions, log: fixture.log.map(({ message }) => message) };
}

suite('the completion of a file’s operation is none of the request that began it:', () => {
  test('a request whose routine completes nothing is left PENDING, and ended by its deadline, by the name of the module', async () => {
    const { status, completions, log } = await reading(() => {}, {}, 300);
    assert.deepEqual([status, completions, log.length], [504, 1, 1]);
    assert.match(log[0]!, /Module "reader" left a request PENDING in RQ_BEGIN_REQUEST/);
  });

  test('indicateCompletion in the routine goes on there', async () => {
    const { status, text, log } = await reading((context) => context.indicateCompletion(RQ_NOTIFICATION_CONTINUE));
    assert.deepEqual([status, text, log], [200, 'app', []]);
  });

  test('postCompletion in the routine enters onAsyncCompletion with its bytes', async () => {
    const told: number[] = [];
    const { status, text, log } = await reading((context, bytes) => context.postCompletion(bytes), {
      onAsyncCompletion(_context, _notification, _isPost, _provider, info): RequestNotificationStatus {
        told.push(info.getCompletionBytes());
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    assert.deepEqual([status, text, told, log], [200, 'app', [8], []]);
  });
});
