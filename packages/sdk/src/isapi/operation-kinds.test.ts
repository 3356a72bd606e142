import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { isError } from './testing/is-error.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { type RunningExtension, startExtension } from './testing/start-extension.ts';
import { HUGE, POST, pick } from './testing/start-pending.ts';

const folder = mkdtempSync(join(tmpdir(), 'baton-kinds-'));
const file = openSync(join(folder, 'huge'), 'w+');
ftruncateSync(file, HUGE.length);
after(() => {
  closeSync(file);
  rmSync(folder, { recursive: true });
});

const MEMORY = HSE.HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER;

/** Every operation of 7.5 that an extension may begin, in a form that does not end while its client neither reads nor sends. */
const KINDS: Readonly<Record<string, (ecb: ExtensionControlBlock) => unknown>> = {
  'WriteClient with HSE_IO_ASYNC': (ecb) => ecb.writeClient(HUGE, HSE.HSE_IO_ASYNC),
  HSE_REQ_ASYNC_READ_CLIENT: (ecb) => ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10)),
  HSE_REQ_TRANSMIT_FILE: (ecb) => ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, { file, flags: HSE.HSE_IO_ASYNC }),
  HSE_REQ_VECTOR_SEND: (ecb) =>
    ecb.serverSupportFunction(HSE.HSE_REQ_VECTOR_SEND, { flags: HSE.HSE_IO_ASYNC, elements: [{ type: MEMORY, buffer: HUGE }] }),
  HSE_REQ_EXEC_URL: (ecb) => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, { url: '/child', flags: HSE.HSE_EXEC_URL_NO_HEADERS }),
};

/** An operation of each kind that would end at once. */
const SECONDS: typeof KINDS = {
  ...KINDS,
  'WriteClient with HSE_IO_ASYNC': (ecb) => ecb.writeClient(Buffer.from('x'), HSE.HSE_IO_ASYNC),
  HSE_REQ_TRANSMIT_FILE: (ecb) => ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, { tail: 'x', flags: HSE.HSE_IO_ASYNC }),
  HSE_REQ_VECTOR_SEND: (ecb) =>
    ecb.serverSupportFunction(HSE.HSE_REQ_VECTOR_SEND, { flags: HSE.HSE_IO_ASYNC, elements: [{ type: MEMORY, buffer: Buffer.from('x') }] }),
  'HSE_REQ_SEND_CUSTOM_ERROR with isAsync': (ecb) =>
    ecb.serverSupportFunction(HSE.HSE_REQ_SEND_CUSTOM_ERROR, { status: '404 Not Found', isAsync: true }),
  HSE_REQ_DONE_WITH_SESSION: done,
};

interface Begun extends AsyncDisposable {
  readonly running: RunningExtension;
  readonly socket: Socket;
  readonly ecb: ExtensionControlBlock;
  readonly recorder: Recorder;
}

/** An operation under way for a client that neither reads nor sends. */
async function begin(kind: string): Promise<Begun> {
  const given: ExtensionControlBlock[] = [];
  const running = await startExtension(
    pending((ecb) => given.push(ecb)),
    { executeRequest: () => new Promise(() => {}) },
  );
  const socket = running.dial(POST);
  socket.pause();
  await until(() => given.length > 0);
  const recorder = new Recorder();
  const ecb = given[0]!;
  ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine, kind);
  KINDS[kind]!(ecb);
  return { running, socket, ecb, recorder, [Symbol.asyncDispose]: async () => running[Symbol.asyncDispose]() };
}

/** The session ends, and nothing more is heard of its operations. */
async function endSession({ running, socket, ecb, recorder }: Begun, calls: number): Promise<void> {
  done(ecb);
  socket.destroy();
  await until(() => running.host.stats.inUse === 0);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(recorder.calls.length, calls, 'calls of the routine');
  assert.equal(running.pool.stats.active, 0);
}

suite('each kind of asynchronous operation (7.5)', () => {
  for (const kind of Object.keys(KINDS)) {
    test(`${kind}: a second one of any kind, and the end, are refused with ERROR_INVALID_PARAMETER and do not disturb it`, async () => {
      await using begun = await begin(kind);
      for (const [name, second] of Object.entries(SECONDS))
        assert.throws(() => second(begun.ecb), isError('ERROR_INVALID_PARAMETER'), name);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(begun.recorder.calls, []);
      begun.ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      assert.equal((await begun.recorder.call(1)).context, kind);
      await endSession(begun, 1);
    });

    test(`${kind}: its client leaves: one call with ERROR_OPERATION_ABORTED, no bytes`, async () => {
      await using begun = await begin(kind);
      begun.socket.destroy();
      assert.deepEqual(pick(await begun.recorder.call(1)), [0, ERROR_OPERATION_ABORTED]);
      // The next one is accepted, and ends likewise.
      await until(() => !begun.ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED));
      KINDS[kind]!(begun.ecb);
      assert.deepEqual(pick(await begun.recorder.call(2)), [0, ERROR_OPERATION_ABORTED]);
      await endSession(begun, 2);
    });

    test(`${kind}: the extension closes the connection: one call with ERROR_NETNAME_DELETED, and the session is owed`, async () => {
      await using begun = await begin(kind);
      begun.ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      assert.deepEqual(pick(await begun.recorder.call(1)), [0, ERROR_NETNAME_DELETED]);
      KINDS[kind]!(begun.ecb);
      assert.deepEqual(pick(await begun.recorder.call(2)), [0, ERROR_NETNAME_DELETED]);
      assert.equal(begun.running.host.stats.inUse, 1);
      await endSession(begun, 2);
    });

    test(`${kind}: HSE_REQ_CANCEL_IO: one call with ERROR_OPERATION_ABORTED`, async () => {
      await using begun = await begin(kind);
      begun.ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO);
      assert.throws(() => begun.ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO), isError('ERROR_INVALID_HANDLE'));
      assert.deepEqual(pick(await begun.recorder.call(1)), [0, ERROR_OPERATION_ABORTED]);
      await endSession(begun, 1);
    });
  }

  test('HSE_REQ_SEND_CUSTOM_ERROR with isAsync tells its bytes, once', async () => {
    const recorder = new Recorder();
    await using running = await startExtension(
      pending((ecb) => {
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        ecb.serverSupportFunction(HSE.HSE_REQ_SEND_CUSTOM_ERROR, { status: '404 Not Found', subError: 2, isAsync: true });
      }),
    );
    const socket = running.dial('GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n');
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 404 /);
    const call = await recorder.call(1);
    assert.deepEqual(pick(call), ['404.2 Not Found\n'.length, 0]);
    done(call.ecb);
    await until(() => running.host.stats.inUse === 0);
    assert.equal(recorder.calls.length, 1);
  });
});
