import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { ERROR_NETNAME_DELETED } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import { isError } from './testing/is-error.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { startExtension } from './testing/start-extension.ts';
import { GET, POST, pick, startPending } from './testing/start-pending.ts';

suite('the end of a session (7.5)', () => {
  test('it may be ended with HSE_STATUS_SUCCESS_AND_KEEP_CONN; HSE_STATUS_PENDING is no end', async () => {
    await using running = await startExtension(
      pending((ecb) => {
        assert.throws(
          () => ecb.serverSupportFunction(HSE.HSE_REQ_DONE_WITH_SESSION, HSE.HSE_STATUS_PENDING as never),
          isError('ERROR_INVALID_PARAMETER'),
        );
        ecb.serverSupportFunction(HSE.HSE_REQ_DONE_WITH_SESSION, HSE.HSE_STATUS_SUCCESS_AND_KEEP_CONN);
      }),
    );
    const answer = await running.exchange(`${GET}GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n`);
    assert.equal(answer.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
  });

  test('HSE_STATUS_ERROR at the end is 500', async () => {
    await using running = await startExtension(
      pending((ecb) => ecb.serverSupportFunction(HSE.HSE_REQ_DONE_WITH_SESSION, HSE.HSE_STATUS_ERROR)),
    );
    assert.equal((await fetch(running.url)).status, 500);
  });

  test('afterwards every use of the control block throws, a second end included', async () => {
    await using running = await startPending();
    const answer = fetch(running.url);
    const ecb = await running.next();
    done(ecb);
    for (const [name, { get, set, value }] of Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(ecb)))) {
      if (name === 'constructor') continue;
      if (get) assert.throws(() => get.call(ecb), isError('ERROR_INVALID_HANDLE'), name);
      if (set) assert.throws(() => set.call(ecb, 1), isError('ERROR_INVALID_HANDLE'), name);
      if (typeof value === 'function')
        assert.throws(() => value.call(ecb, HSE.HSE_REQ_DONE_WITH_SESSION), isError('ERROR_INVALID_HANDLE'), name);
    }
    assert.equal((await answer).status, 200);
  });

  test('another end behind HSE_REQ_DONE_WITH_SESSION is told in the log', async () => {
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        done(ecb);
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    assert.equal((await fetch(running.url)).status, 200);
    await running.line('returned HSE_STATUS_SUCCESS behind HSE_REQ_DONE_WITH_SESSION');
  });

  test('an extension that returns HSE_STATUS_SUCCESS in the midst of an operation is told its end first', async () => {
    const recorder = new Recorder();
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        ecb.writeClient(Buffer.from('all of it'), HSE.HSE_IO_ASYNC);
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    assert.equal(await (await fetch(running.url)).text(), 'all of it');
    assert.deepEqual(pick(recorder.calls[0]!), [9, 0]);
    await until(() => running.host.stats.inUse === 0);
  });

  test('an extension that fails in the midst of an operation is told its end too', async () => {
    const recorder = new Recorder();
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
        ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
        throw new Error('no');
      },
    });
    assert.equal(await running.exchange(POST), '');
    assert.deepEqual(pick(recorder.calls[0]!), [0, ERROR_NETNAME_DELETED]);
    await until(() => running.host.stats.inUse === 0);
  });

  test('a client that leaves before its body is there is never given to the extension', async () => {
    let isCalled = false;
    await using running = await startExtension(
      pending(() => {
        isCalled = true;
      }),
    );
    const socket = running.dial('POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf');
    await until(() => running.host.stats.inUse === 1);
    socket.destroy();
    await until(() => running.host.stats.inUse === 0);
    assert.deepEqual([isCalled, running.host.stats.free], [false, 1]);
  });

  test('HSE_REQ_ABORTIVE_CLOSE resets the connection where it would be closed', async () => {
    await using running = await startPending();
    const socket = running.dial(GET);
    const failed = once(socket, 'error');
    const ecb = await running.next();
    ecb.serverSupportFunction(HSE.HSE_REQ_ABORTIVE_CLOSE);
    await ecb.writeClient(Buffer.from('x'));
    assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED), true);
    done(ecb);
    assert.equal((await failed)[0].code, 'ECONNRESET');
    await until(() => running.host.stats.inUse === 0);
  });

  test('HSE_REQ_REPORT_UNHEALTHY is always true, and its reason is handed on', async () => {
    await using running = await startExtension({
      httpExtensionProc(ecb) {
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_REPORT_UNHEALTHY, 'tired'), true);
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_REPORT_UNHEALTHY), true);
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    await fetch(running.url);
    assert.deepEqual(running.unhealthy, ['tired', '']);
  });
});
