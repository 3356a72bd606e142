import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import * as HSE from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import type { ControlBlock } from './control-block.ts';
import type { Extension } from './extension.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { ControlBlockHandle } from './handle.ts';
import { PRELOAD_LIMIT_BYTES } from './input.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { startExtension } from './testing/start-extension.ts';

const blockOf = (ecb: ExtensionControlBlock): ControlBlock => ControlBlockHandle.blockOf(ecb);
const POST = `POST /first?secret HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n${'p'.repeat(PRELOAD_LIMIT_BYTES)}`;
const isStale = (error: unknown): boolean => HostError.is(error, 'ERROR_INVALID_HANDLE');

/** Serves with control blocks that the test ends by hand. */
async function startByHand(extension?: (given: ExtensionControlBlock[]) => Extension) {
  const given: ExtensionControlBlock[] = [];
  const running = await startExtension(extension?.(given) ?? pending((ecb) => given.push(ecb)));
  return {
    running,
    given,
    next: async (): Promise<ExtensionControlBlock> => {
      await until(() => given.length > 0);
      return given.shift()!;
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

suite('control blocks are used again, and only when their request has wholly ended', () => {
  test('identity: one after the other requests have the same memory, at the same time they never have', async () => {
    await using stage = await startByHand();
    const { running, next } = stage;
    const blocks = new Set<ControlBlock>();
    for (let count = 0; count < 5; count++) {
      const answer = fetch(running.url);
      const ecb = await next();
      blocks.add(blockOf(ecb));
      done(ecb);
      await (await answer).text();
      await until(() => running.host.stats.inUse === 0);
    }
    assert.equal(blocks.size, 1);
    const answers = Array.from({ length: 5 }, () => fetch(running.url));
    const ecbs = await Promise.all(answers.map(next));
    assert.equal(new Set(ecbs.map(blockOf)).size, 5);
    assert.ok(ecbs.some((ecb) => blocks.has(blockOf(ecb))));
    for (const ecb of ecbs) done(ecb);
    await Promise.all(answers);
  });

  test('each request has a handle of its own', async () => {
    await using stage = await startByHand();
    const { running, next } = stage;
    const handles = new Set<ExtensionControlBlock>();
    for (let count = 0; count < 3; count++) {
      const answer = fetch(running.url);
      const ecb = await next();
      handles.add(ecb);
      done(ecb);
      await answer;
      await until(() => running.host.stats.inUse === 0);
    }
    assert.equal(handles.size, 3);
  });

  test('poisoning: who keeps a handle gets an error from every member, also while the memory serves another request, which feels nothing', async () => {
    await using stage = await startByHand();
    const { running, next } = stage;
    const first = fetch(`${running.url}/first`);
    const stale = await next();
    const block = blockOf(stale);
    done(stale);
    await first;
    await until(() => running.host.stats.inUse === 0);

    const second = fetch(`${running.url}/second?mine`, { method: 'POST', body: 'mine' });
    const ecb = await next();
    assert.equal(blockOf(ecb), block);
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine, 'mine');
    ecb.logData = 'mine';
    const members = Object.entries(Object.getOwnPropertyDescriptors(ControlBlockHandle.prototype));
    for (const [name, { get, set, value }] of members) {
      if (name === 'constructor') continue;
      if (get) assert.throws(() => get.call(stale), isStale, name);
      if (set) assert.throws(() => set.call(stale, 'theirs'), isStale, name);
      if (typeof value === 'function') assert.throws(() => value.call(stale, Buffer.from('theirs')), isStale, name);
    }
    for (const code of [HSE.HSE_REQ_DONE_WITH_SESSION, HSE.HSE_REQ_CLOSE_CONNECTION, HSE.HSE_REQ_IO_COMPLETION, HSE.HSE_REQ_CANCEL_IO])
      assert.throws(() => stale.serverSupportFunction(code as number, null), isStale);
    assert.throws(() => stale.writeClient(Buffer.from('theirs'), HSE.HSE_IO_ASYNC), isStale);

    assert.deepEqual([ecb.pathInfo, ecb.queryString, ecb.logData, ecb.data.toString()], ['/second', 'mine', 'mine', 'mine']);
    ecb.writeClient(Buffer.from('mine'), HSE.HSE_IO_ASYNC);
    assert.deepEqual([(await recorder.call(1)).context, recorder.calls[0]!.bytes], ['mine', 4]);
    done(ecb);
    assert.equal(await (await second).text(), 'mine');
  });

  test('nothing of a request is left in the memory of the next one', async () => {
    await using stage = await startByHand();
    const { running, next } = stage;
    const socket = running.dial(POST);
    const first = await next();
    const block = blockOf(first);
    first.logData = 'secret';
    first.httpStatusCode = 418;
    first.serverSupportFunction(HSE.HSE_REQ_APPEND_LOG_PARAMETER, 'secret');
    first.serverSupportFunction(HSE.HSE_REQ_SET_FLUSH_FLAG, true);
    first.serverSupportFunction(HSE.HSE_REQ_ABORTIVE_CLOSE);
    first.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, () => assert.fail('the routine of an earlier request'), 'secret');
    socket.destroy();
    await until(() => !first.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED));
    done(first);

    const answer = fetch(`${running.url}/second`);
    const ecb = await next();
    assert.equal(blockOf(ecb), block);
    assert.deepEqual(
      [ecb.logData, ecb.httpStatusCode, ecb.queryString, ecb.totalBytes, ecb.availableBytes, ecb.data.length, ecb.contentType],
      ['', 200, '', 0, 0, 0, ''],
    );
    assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_GET_EXEC_URL_STATUS), HostError);
    assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(1)), HostError);
    await ecb.writeClient(Buffer.from('fresh'));
    done(ecb);
    const { status, headers } = await answer;
    assert.deepEqual([status, headers.get('connection'), await (await answer).text()], [200, 'keep-alive', 'fresh']);
  });

  test('not while the response is on its way, though the session has ended', async () => {
    await using stage = await startByHand();
    const { running, next } = stage;
    const huge = Buffer.alloc(64 << 20);
    const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
    socket.pause();
    const first = await next();
    const block = blockOf(first);
    first.writeClient(huge);
    done(first);
    const second = fetch(running.url);
    const ecb = await next();
    assert.notEqual(blockOf(ecb), block);
    assert.deepEqual([running.host.stats.inUse, running.host.stats.free], [2, 0]);
    done(ecb);
    await second;
    socket.resume();
    await until(() => running.host.stats.free === 2);
    socket.destroy();
  });

  test('not while the session is owed, though the client has gone', async () => {
    await using stage = await startByHand();
    const { running, next } = stage;
    const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
    const first = await next();
    socket.destroy();
    await until(() => !first.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED));
    const second = fetch(running.url);
    const ecb = await next();
    assert.notEqual(blockOf(ecb), blockOf(first));
    done(ecb);
    await second;
    assert.equal(running.host.stats.inUse, 1);
    done(first);
    await until(() => running.host.stats.inUse === 0);
    assert.equal(running.host.stats.free, 2);
  });

  test('not while httpExtensionProc has not returned, though the session has ended and the response is out', async () => {
    const returns = Promise.withResolvers<HSE.ExtensionStatus>();
    await using stage = await startByHand((given) => ({
      httpExtensionProc(ecb) {
        given.push(ecb);
        done(ecb);
        return returns.promise;
      },
    }));
    const { running, next } = stage;
    await (await fetch(running.url)).text();
    const first = await next();
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(running.host.stats.inUse, 1);
    assert.throws(() => first.connId, isStale);
    returns.resolve(HSE.HSE_STATUS_PENDING);
    await until(() => running.host.stats.inUse === 0);
  });

  test('not while an operation is outstanding, whose late end never reaches the next request', async () => {
    await using stage = await startByHand();
    const { running, next } = stage;
    const { pool } = running;
    const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
    const first = await next();
    const recorder = new Recorder();
    first.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    const hold = Promise.withResolvers<void>();
    for (let count = pool.stats.maxThreads; count > 0; count--) void pool.run(() => hold.promise);
    first.writeClient(Buffer.from('x'), HSE.HSE_IO_ASYNC);
    await until(() => pool.stats.queued === 1);
    socket.destroy();
    await until(() => !first.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED));
    assert.throws(() => done(first), HostError);
    assert.equal(running.host.stats.inUse, 1);
    hold.resolve();
    await recorder.call(1);
    done(first);
    await until(() => running.host.stats.inUse === 0);
    const second = fetch(running.url);
    const ecb = await next();
    assert.equal(blockOf(ecb), blockOf(first));
    done(ecb);
    await second;
    assert.equal(recorder.calls.length, 1);
  });

  test('a synchronous write whose client leaves late tells its own caller, not the next request', async () => {
    await using stage = await startByHand();
    const { running, next } = stage;
    const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
    socket.pause();
    const first = await next();
    const write = first.writeClient(Buffer.alloc(64 << 20));
    await once(socket, 'readable');
    done(first);
    socket.destroy();
    await assert.rejects(write, (error) => HostError.is(error, 'ERROR_OPERATION_ABORTED'));
    await until(() => running.host.stats.inUse === 0);
  });
});
