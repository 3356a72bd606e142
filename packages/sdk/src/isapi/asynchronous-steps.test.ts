import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { isError } from './testing/is-error.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { startExtension } from './testing/start-extension.ts';
import { POST, startPending } from './testing/start-pending.ts';

suite('the six steps of asynchronous processing (7.5)', () => {
  test('a request goes through all of them, and its routine runs in a slot of the thread pool', async () => {
    const steps: string[] = [];
    const queue: ExtensionControlBlock[] = [];
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        steps.push('1 entered', '2 queued');
        queue.push(ecb);
        return HSE.HSE_STATUS_PENDING;
      },
    });
    const answer = fetch(running.url);
    await until(() => queue.length > 0);
    const ecb = queue.shift()!;
    const rest = ['two ', 'three'];
    ecb.serverSupportFunction(
      HSE.HSE_REQ_IO_COMPLETION,
      (same, context, bytes, error) => {
        assert.equal(same, ecb);
        assert.equal(running.pool.stats.active, 1);
        steps.push(`5 ${context} ${bytes} ${error}`);
        const next = rest.shift();
        if (next !== undefined) return same.writeClient(Buffer.from(next), HSE.HSE_IO_ASYNC);
        steps.push('6 done');
        done(same);
      },
      'mine',
    );
    steps.push('3 routine set');
    assert.equal(ecb.writeClient(Buffer.from('one '), HSE.HSE_IO_ASYNC), undefined);
    steps.push('4 write begun');
    assert.equal(await (await answer).text(), 'one two three');
    assert.deepEqual(steps, [
      '1 entered',
      '2 queued',
      '3 routine set',
      '4 write begun',
      '5 mine 4 0',
      '5 mine 4 0',
      '5 mine 5 0',
      '6 done',
    ]);
  });

  test('a session may be ended before httpExtensionProc has returned HSE_STATUS_PENDING', async () => {
    await using running = await startExtension(pending(done));
    assert.equal((await fetch(running.url)).status, 200);
    assert.deepEqual(running.lines, []);
  });

  test('no slot is held by requests that are pending', async () => {
    await using running = await startPending();
    const answers = Array.from({ length: 20 }, () => fetch(running.url));
    const ecbs = await Promise.all(answers.map(() => running.next()));
    assert.equal(running.pool.stats.active, 0);
    assert.equal(running.host.stats.inUse, 20);
    for (const ecb of ecbs) done(ecb);
    for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200);
  });

  test('HSE_REQ_IO_COMPLETION does nothing but set: the last setting wins, also while an operation runs', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    const ecb = await running.next();
    const [first, second, third] = [new Recorder(), new Recorder(), new Recorder()];
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, first.routine, 1);
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, second.routine, 2);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(100));
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, third.routine, 3);
    socket.write('body');
    const { context, bytes, error } = await third.call();
    assert.deepEqual({ context, bytes, error }, { context: 3, bytes: 4, error: 0 });
    assert.deepEqual([first.calls.length, second.calls.length, third.calls.length], [0, 0, 1]);
    done(ecb);
  });

  test('without a routine none is called, and the next operation is taken when the one before has ended', async () => {
    await using running = await startPending();
    const answer = fetch(running.url);
    const ecb = await running.next();
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, null);
    for (const text of ['a', 'b', 'c']) {
      await until(() => {
        try {
          ecb.writeClient(Buffer.from(text), HSE.HSE_IO_ASYNC);
          return true;
        } catch {
          return false;
        }
      });
    }
    await until(() => {
      try {
        done(ecb);
        return true;
      } catch {
        return false;
      }
    });
    assert.equal(await (await answer).text(), 'abc');
    assert.equal(recorder.calls.length, 0);
  });

  test('an operation whose slot is not free stays outstanding until its routine is entered', async () => {
    await using running = await startPending();
    const { pool } = running;
    const answer = fetch(running.url);
    const ecb = await running.next();
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    const hold = Promise.withResolvers<void>();
    for (let count = pool.stats.maxThreads; count > 0; count--) void pool.run(() => hold.promise);
    ecb.writeClient(Buffer.from('x'), HSE.HSE_IO_ASYNC);
    await until(() => pool.stats.queued === 1);
    assert.throws(() => ecb.writeClient(Buffer.from('y'), HSE.HSE_IO_ASYNC), isError('ERROR_INVALID_PARAMETER'));
    assert.equal(recorder.calls.length, 0);
    hold.resolve();
    assert.equal((await recorder.call()).bytes, 1);
    done(ecb);
    assert.equal(await (await answer).text(), 'x');
  });

  test('a routine never runs inside of the call that begins its operation, or ends it', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    const ecb = await running.next();
    let isInside = false;
    const recorder = new Recorder();
    const routine: typeof recorder.routine = (...call) => {
      assert.equal(isInside, false);
      return recorder.routine(...call);
    };
    const inside = (act: () => void): void => {
      isInside = true;
      act();
      isInside = false;
    };
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, routine);
    inside(() => ecb.writeClient(Buffer.alloc(0), HSE.HSE_IO_ASYNC));
    assert.deepEqual([(await recorder.call(1)).bytes, recorder.calls[0]!.error], [0, 0]);
    inside(() => {
      ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
      ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO);
    });
    assert.equal((await recorder.call(2)).error, ERROR_OPERATION_ABORTED);
    inside(() => {
      ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
      ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
    });
    assert.equal((await recorder.call(3)).error, ERROR_NETNAME_DELETED);
    done(ecb);
    socket.destroy();
  });
});
