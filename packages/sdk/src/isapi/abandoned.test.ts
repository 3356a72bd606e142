import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import type { Extension } from './extension.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { ControlBlockHandle } from './handle.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { type RunningExtension, startExtension } from './testing/start-extension.ts';

const GET = 'GET /forgotten HTTP/1.1\r\nHost: t\r\n\r\n';
const UPLOAD = 'POST /upload HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n';
const LIMIT_MS = 250;

const isEnded = (error: unknown): boolean => HostError.is(error, 'ERROR_INVALID_HANDLE') && /the host has ended/.test(String(error));

/** Serves an extension of a pool whose shutdownTimeLimit is short. */
async function start(extension: Extension): Promise<RunningExtension> {
  const running = await startExtension({
    getExtensionVersion(version) {
      version.extensionDescription = 'forgetful';
      return true;
    },
    ...extension,
  });
  running.settings.shutdownTimeLimitMs = LIMIT_MS;
  return running;
}

/** A request whose client leaves once the extension has it. */
async function leave(socket: Socket, given: ExtensionControlBlock[]): Promise<ExtensionControlBlock> {
  await until(() => given.length > 0);
  const ecb = given.pop()!;
  socket.destroy();
  await until(() => !ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED));
  return ecb;
}

suite('a session that an extension does not end', () => {
  test('is ended by the host shutdownTimeLimit behind its request: logged with its name, counted, and dead for who holds it', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await start(pending((ecb) => given.push(ecb)));
    const ecb = await leave(running.dial(GET), given);
    const block = ControlBlockHandle.blockOf(ecb);
    await until(() => running.host.stats.owed === 1);
    assert.deepEqual(running.host.stats, { inUse: 1, free: 0, owed: 1, abandoned: 0 });
    const { level, message, fields } = await running.line('the host has ended the session');
    assert.equal(level, 'error');
    assert.match(message, /^forgetful: HSE_REQ_DONE_WITH_SESSION was not said within shutdownTimeLimit .* 250 ms/);
    assert.equal(fields.url, '/forgotten');
    assert.deepEqual(running.host.stats, { inUse: 0, free: 0, owed: 0, abandoned: 1 });
    for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(ControlBlockHandle.prototype))) {
      if (name === 'constructor') continue;
      if (get) assert.throws(() => get.call(ecb), isEnded, name);
      if (typeof value === 'function') assert.throws(() => value.call(ecb, Buffer.from('late')), isEnded, name);
    }
    assert.throws(() => done(ecb), isEnded);

    const second = fetch(running.url);
    await until(() => given.length > 0);
    assert.notEqual(ControlBlockHandle.blockOf(given[0]!), block, 'its memory serves nobody else');
    done(given[0]!);
    assert.equal((await second).status, 200);
  });

  test('also when its response is out whole: HSE_IO_DISCONNECT_AFTER_SEND leaves it owed', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await start(pending((ecb) => given.push(ecb)));
    const answer = fetch(running.url);
    await until(() => given.length > 0);
    given[0]!.serverSupportFunction(HSE.HSE_REQ_VECTOR_SEND, {
      flags: HSE.HSE_IO_ASYNC | HSE.HSE_IO_DISCONNECT_AFTER_SEND,
      elements: [{ type: HSE.HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER, buffer: Buffer.from('all') }],
    });
    assert.equal(await (await answer).text(), 'all');
    await running.line('the host has ended the session');
    assert.throws(() => done(given[0]!), isEnded);
  });

  test('is left alone when it ends in time, however long its client has been gone', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await start(pending((ecb) => given.push(ecb)));
    running.settings.shutdownTimeLimitMs = 90_000;
    const ecb = await leave(running.dial(GET), given);
    await new Promise((resolve) => setTimeout(resolve, 2 * LIMIT_MS));
    assert.equal(ecb.pathInfo, '/forgotten');
    done(ecb);
    await until(() => running.host.stats.inUse === 0);
    assert.deepEqual(running.host.stats, { inUse: 0, free: 1, owed: 0, abandoned: 0 });
    assert.deepEqual(running.lines, []);
  });

  test('an operation that waits for its slot still calls its routine, once, and the session is over by then', async () => {
    const given: ExtensionControlBlock[] = [];
    const recorder = new Recorder();
    await using running = await start(pending((ecb) => given.push(ecb)));
    const socket = running.dial(GET);
    await until(() => given.length > 0);
    const ecb = given[0]!;
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    const { pool } = running;
    const hold = Promise.withResolvers<void>();
    for (let count = pool.stats.maxThreads; count > 0; count--) void pool.run(() => hold.promise);
    ecb.writeClient(Buffer.from('x'), HSE.HSE_IO_ASYNC);
    await until(() => pool.stats.queued === 1);
    socket.destroy();
    await running.line('the host has ended the session');
    assert.deepEqual([recorder.calls.length, running.host.stats.inUse, running.host.stats.abandoned], [0, 1, 1]);
    hold.resolve();
    const call = await recorder.call(1);
    assert.throws(() => call.ecb.writeClient(Buffer.from('x'), HSE.HSE_IO_ASYNC), isEnded);
    await until(() => running.host.stats.inUse === 0);
    assert.equal(recorder.calls.length, 1);
  });

  test('a promise of httpExtensionProc that never settles is given up, too; one that settles late reaches nobody', async () => {
    const given: ExtensionControlBlock[] = [];
    const settle = Promise.withResolvers<HSE.ExtensionStatus>();
    await using running = await start({
      httpExtensionProc(ecb) {
        given.push(ecb);
        return settle.promise;
      },
    });
    const ecb = await leave(running.dial(GET), given);
    assert.match((await running.line('the host has ended the session')).message, /httpExtensionProc has not returned/);
    assert.deepEqual(running.host.stats, { inUse: 0, free: 0, owed: 0, abandoned: 1 });
    assert.throws(() => ecb.method, isEnded);
    settle.resolve(HSE.HSE_STATUS_ERROR);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(running.lines.length, 1, JSON.stringify(running.lines));
  });

  test('a promise that never settles behind HSE_REQ_DONE_WITH_SESSION is given up likewise', async () => {
    await using running = await start({
      httpExtensionProc(ecb) {
        done(ecb);
        return new Promise(() => {});
      },
    });
    await (await fetch(running.url)).text();
    assert.match((await running.line('the host has ended the session')).message, /httpExtensionProc has not returned/);
    assert.equal(running.host.stats.inUse, 0);
  });

  test('a body that still comes behind the response keeps its session', async () => {
    const given: ExtensionControlBlock[] = [];
    const recorder = new Recorder();
    await using running = await start(pending((ecb) => given.push(ecb)));
    const socket = running.dial(`${UPLOAD}${'a'.repeat(49_152)}`);
    await until(() => given.length > 0);
    const ecb = given[0]!;
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    ecb.serverSupportFunction(HSE.HSE_REQ_VECTOR_SEND, {
      flags: HSE.HSE_IO_ASYNC | HSE.HSE_IO_FINAL_SEND,
      elements: [{ type: HSE.HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER, buffer: Buffer.from('thanks') }],
    });
    await once(socket, 'data');
    await recorder.call(1);
    await new Promise((resolve) => setTimeout(resolve, 3 * LIMIT_MS));
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
    socket.destroy();
    const { bytes, error } = await recorder.call(2);
    assert.deepEqual([bytes, error], [0, ERROR_OPERATION_ABORTED]);
    await running.line('the host has ended the session');
  });

  test('500 of them leave nothing behind', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await start(pending((ecb) => given.push(ecb)));
    for (let round = 0; round < 10; round++) {
      const sockets = Array.from({ length: 50 }, () => running.dial(GET));
      await until(() => given.length === 50);
      given.length = 0;
      for (const socket of sockets) socket.destroy();
      await until(() => running.host.stats.abandoned === 50 * (round + 1));
    }
    assert.deepEqual(running.host.stats, { inUse: 0, free: 0, owed: 0, abandoned: 500 });
  });

  test('idle() settles with the last of them', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await start(pending((ecb) => given.push(ecb)));
    await running.host.idle();
    await leave(running.dial(GET), given);
    const order: string[] = [];
    const idle = running.host.idle().then(() => order.push('idle'));
    void running.line('the host has ended the session').then(() => order.push('ended'));
    await idle;
    assert.deepEqual(order, ['ended', 'idle']);
  });
});
