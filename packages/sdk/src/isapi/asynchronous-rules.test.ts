import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { ERROR_NETNAME_DELETED, ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import * as HSE from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { PRELOAD_LIMIT_BYTES } from './input.ts';
import { done, pending, Recorder, until } from './testing/pending.ts';
import { type RunningExtension, startExtension } from './testing/start-extension.ts';

const GET = 'GET / HTTP/1.1\r\nHost: t\r\n\r\n';
const POST = `POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n${'p'.repeat(PRELOAD_LIMIT_BYTES)}`;
const is =
  (code: 'ERROR_INVALID_PARAMETER' | 'ERROR_INVALID_HANDLE' | 'ERROR_NETNAME_DELETED' | 'ERROR_OPERATION_ABORTED') => (error: unknown) =>
    HostError.is(error, code);

/** More than the kernel takes for a client that does not read. */
const HUGE = Buffer.alloc(64 << 20, 'x');

/** An extension that gives its control blocks out, and the next of them. */
async function startPending(): Promise<RunningExtension & { next(): Promise<ExtensionControlBlock> }> {
  const given: ExtensionControlBlock[] = [];
  const running = await startExtension(pending((ecb) => given.push(ecb)));
  const next = async (): Promise<ExtensionControlBlock> => {
    await until(() => given.length > 0);
    return given.shift()!;
  };
  return Object.assign(running, { next });
}

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
    assert.throws(() => ecb.writeClient(Buffer.from('y'), HSE.HSE_IO_ASYNC), is('ERROR_INVALID_PARAMETER'));
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

suite('one outstanding operation (7.5)', () => {
  test('a second one of any kind is refused, and does not disturb a read', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    const ecb = await running.next();
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine, 'read');
    const buffer = Buffer.alloc(100);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, buffer);
    const seconds: Record<string, () => unknown> = {
      'a write': () => ecb.writeClient(Buffer.from('x'), HSE.HSE_IO_ASYNC),
      'a read': () => ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10)),
      'a synchronous read': () => ecb.readClient(Buffer.alloc(10)),
      'a file': () => ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, { flags: HSE.HSE_IO_ASYNC, tail: 'x' }),
      'a vector': () =>
        ecb.serverSupportFunction(HSE.HSE_REQ_VECTOR_SEND, { flags: HSE.HSE_IO_ASYNC, elements: [{ type: 0, buffer: Buffer.from('x') }] }),
      'an error page': () => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_CUSTOM_ERROR, { status: '404 Not Found', isAsync: true }),
      'the end': () => done(ecb),
    };
    for (const [name, second] of Object.entries(seconds)) assert.throws(second, is('ERROR_INVALID_PARAMETER'), name);
    socket.write('body');
    const { bytes, error } = await recorder.call();
    assert.deepEqual([bytes, error, buffer.toString('latin1', 0, 4)], [4, 0, 'body']);
    done(ecb);
    await once(socket, 'data');
    assert.equal(recorder.calls.length, 1);
    socket.destroy();
  });

  test('while a send is outstanding neither another one nor a synchronous send is taken; a synchronous read is', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    socket.pause();
    const ecb = await running.next();
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    ecb.writeClient(HUGE, HSE.HSE_IO_ASYNC);
    const seconds: Record<string, () => unknown> = {
      'a write': () => ecb.writeClient(Buffer.from('y'), HSE.HSE_IO_ASYNC),
      'a read': () => ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10)),
      'a synchronous write': () => ecb.writeClient(Buffer.from('y')),
      'a head': () => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, {}),
      'a redirect': () => ecb.serverSupportFunction(HSE.HSE_REQ_SEND_URL_REDIRECT_RESP, '/'),
      'a file': () => ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, { flags: HSE.HSE_IO_ASYNC, tail: 'y' }),
      'the end': () => done(ecb),
    };
    for (const [name, second] of Object.entries(seconds)) assert.throws(second, is('ERROR_INVALID_PARAMETER'), name);
    const read = ecb.readClient(Buffer.alloc(10));
    socket.write('body');
    assert.equal(await read, 4);
    assert.equal(recorder.calls.length, 0);
    let received = '';
    let length = 0;
    socket.on('data', (chunk: Buffer) => {
      length += chunk.length;
      received = chunk.toString('latin1').slice(-5);
    });
    socket.resume();
    const { bytes, error } = await recorder.call();
    assert.deepEqual([bytes, error], [HUGE.length, 0]);
    done(ecb);
    await until(() => length > HUGE.length && received === '0\r\n\r\n');
    assert.equal(recorder.calls.length, 1);
    socket.destroy();
  });
});

suite('errors of operations (7.5)', () => {
  for (const kind of ['read', 'write'] as const) {
    const begin = (ecb: ExtensionControlBlock): void => {
      if (kind === 'read') ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
      else ecb.writeClient(HUGE, HSE.HSE_IO_ASYNC);
    };

    test(`a ${kind} whose client breaks the connection ends once with ERROR_OPERATION_ABORTED, and the session is owed`, async () => {
      await using running = await startPending();
      const socket = running.dial(POST);
      socket.pause();
      const ecb = await running.next();
      const recorder = new Recorder();
      ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
      begin(ecb);
      assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED), true);
      socket.destroy();
      assert.deepEqual(pick(await recorder.call(1)), [0, ERROR_OPERATION_ABORTED]);
      await until(() => !ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED));
      // What is begun afterwards ends in the same way; nothing hangs.
      begin(ecb);
      assert.deepEqual(pick(await recorder.call(2)), [0, ERROR_OPERATION_ABORTED]);
      assert.equal(await ecb.readClient(Buffer.alloc(10)), 0);
      await assert.rejects(ecb.writeClient(Buffer.from('x')), is('ERROR_OPERATION_ABORTED'));
      assert.equal(running.host.stats.inUse, 1);
      done(ecb);
      await until(() => running.host.stats.inUse === 0);
      assert.equal(recorder.calls.length, 2);
    });

    test(`a ${kind} of an extension that closes the connection ends once with ERROR_NETNAME_DELETED, and the session is owed`, async () => {
      await using running = await startPending();
      const socket = running.dial(POST);
      socket.pause();
      const ecb = await running.next();
      const recorder = new Recorder();
      ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
      begin(ecb);
      ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
      assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED), false);
      assert.deepEqual(pick(await recorder.call(1)), [0, ERROR_NETNAME_DELETED]);
      begin(ecb);
      assert.deepEqual(pick(await recorder.call(2)), [0, ERROR_NETNAME_DELETED]);
      await assert.rejects(ecb.writeClient(Buffer.from('x')), is('ERROR_NETNAME_DELETED'));
      assert.equal(running.host.stats.inUse, 1);
      done(ecb);
      socket.resume();
      await once(socket, 'close');
      await until(() => running.host.stats.inUse === 0);
      assert.equal(recorder.calls.length, 2);
    });
  }

  test('zero bytes without an error: the body is complete', async () => {
    await using running = await startPending();
    const socket = running.dial('POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n');
    const ecb = await running.next();
    assert.deepEqual([ecb.totalBytes, ecb.data.toString()], [HSE.HSE_TOTAL_BYTES_UNKNOWN, 'body']);
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
    assert.deepEqual(pick(await recorder.call()), [0, 0]);
    done(ecb);
    socket.destroy();
  });

  test('HSE_REQ_CANCEL_IO ends a read, and its bytes are not lost', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    const ecb = await running.next();
    const recorder = new Recorder();
    assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO), is('ERROR_INVALID_HANDLE'));
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
    ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO);
    assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO), is('ERROR_INVALID_HANDLE'));
    assert.deepEqual(pick(await recorder.call(1)), [0, ERROR_OPERATION_ABORTED]);
    socket.write('body');
    const buffer = Buffer.alloc(10);
    ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, buffer);
    assert.deepEqual(pick(await recorder.call(2)), [4, 0]);
    assert.equal(buffer.toString('latin1', 0, 4), 'body');
    done(ecb);
    socket.destroy();
  });

  test('HSE_REQ_CANCEL_IO ends a send with its connection', async () => {
    await using running = await startPending();
    const socket = running.dial(GET);
    socket.pause();
    const ecb = await running.next();
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    ecb.writeClient(HUGE, HSE.HSE_IO_ASYNC);
    ecb.serverSupportFunction(HSE.HSE_REQ_CANCEL_IO);
    assert.deepEqual(pick(await recorder.call()), [0, ERROR_OPERATION_ABORTED]);
    assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED), false);
    socket.resume();
    await once(socket, 'close');
    done(ecb);
    assert.equal(recorder.calls.length, 1);
  });

  test('HSE_REQ_ASYNC_READ_CLIENT needs a routine before, HSE_IO_ASYNC, and room', async () => {
    await using running = await startPending();
    const socket = running.dial(POST);
    const ecb = await running.next();
    const read = (...args: [buffer: Uint8Array, size?: number, flags?: number]) =>
      ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, ...args);
    assert.throws(() => read(Buffer.alloc(10)), is('ERROR_INVALID_PARAMETER'));
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
    for (const size of [0, 11, 1.5, -1]) assert.throws(() => read(Buffer.alloc(10), size), is('ERROR_INVALID_PARAMETER'), `size ${size}`);
    assert.throws(() => read(Buffer.alloc(10), 10, HSE.HSE_IO_SYNC), is('ERROR_INVALID_PARAMETER'));
    assert.throws(() => read(Buffer.alloc(0)), is('ERROR_INVALID_PARAMETER'));
    assert.throws(() => read('text' as never), is('ERROR_INVALID_PARAMETER'));
    read(Buffer.alloc(10), 3, HSE.HSE_IO_ASYNC);
    socket.write('body');
    assert.deepEqual(pick(await recorder.call(1)), [3, 0]);
    done(ecb);
    socket.destroy();
  });

  for (const form of ['throws', 'rejects'] as const) {
    test(`a routine that ${form} fails its request with 500, and leaves a line of the log`, async () => {
      await using running = await startExtension(
        pending((ecb) => {
          ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, () => {
            if (form === 'rejects') return Promise.reject(new Error('lost it'));
            throw new Error('lost it');
          });
          ecb.writeClient(Buffer.alloc(0), HSE.HSE_IO_ASYNC);
        }),
      );
      const answer = await running.exchange('GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n');
      assert.match(answer, /^HTTP\/1\.1 500 /);
      assert.match(String((await running.line('completion routine failed')).fields.error), /lost it/);
      await until(() => running.host.stats.inUse === 0 && running.pool.stats.active === 0);
    });
  }
});

suite('the end of a session (7.5)', () => {
  test('it may be ended with HSE_STATUS_SUCCESS_AND_KEEP_CONN; HSE_STATUS_PENDING is no end', async () => {
    await using running = await startExtension(
      pending((ecb) => {
        assert.throws(
          () => ecb.serverSupportFunction(HSE.HSE_REQ_DONE_WITH_SESSION, HSE.HSE_STATUS_PENDING as never),
          is('ERROR_INVALID_PARAMETER'),
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
      if (get) assert.throws(() => get.call(ecb), is('ERROR_INVALID_HANDLE'), name);
      if (set) assert.throws(() => set.call(ecb, 1), is('ERROR_INVALID_HANDLE'), name);
      if (typeof value === 'function')
        assert.throws(() => value.call(ecb, HSE.HSE_REQ_DONE_WITH_SESSION), is('ERROR_INVALID_HANDLE'), name);
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

const pick = ({ bytes, error }: { bytes: number; error: number }): number[] => [bytes, error];
