import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import * as HSE from '../constants/isapi.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { PRELOAD_LIMIT_BYTES } from './input.ts';
import { ask } from './testing/ask.ts';
import { isError } from './testing/is-error.ts';
import { done, pending, until } from './testing/pending.ts';
import { startExtension } from './testing/start-extension.ts';

suite('the body: preload and ReadClient (7.3, 7.6)', () => {
  for (const length of [1, PRELOAD_LIMIT_BYTES - 1, PRELOAD_LIMIT_BYTES, PRELOAD_LIMIT_BYTES + 1, 1_000_003]) {
    for (const isChunked of [false, true]) {
      test(`${length} bytes${isChunked ? ' of unknown length' : ''}: at most 48 KiB come before the call, the rest is read, and none twice`, async () => {
        const body = randomBytes(length);
        const stream = new ReadableStream({
          start(controller) {
            for (let at = 0; at < length; at += 30_000) controller.enqueue(body.subarray(at, at + 30_000));
            controller.close();
          },
        });
        await ask(
          async (ecb) => {
            assert.equal(ecb.totalBytes, isChunked ? HSE.HSE_TOTAL_BYTES_UNKNOWN : length);
            assert.equal(ecb.availableBytes, Math.min(length, PRELOAD_LIMIT_BYTES));
            assert.equal(ecb.data.length, ecb.availableBytes);
            const hash = createHash('sha1').update(ecb.data);
            const buffer = Buffer.alloc(77_777);
            let total = ecb.availableBytes;
            for (;;) {
              const bytes = await ecb.readClient(buffer);
              if (bytes === 0) break;
              hash.update(buffer.subarray(0, bytes));
              total += bytes;
            }
            assert.equal(total, length);
            assert.equal(hash.digest('hex'), createHash('sha1').update(body).digest('hex'));
            assert.equal(await ecb.readClient(buffer), 0);
          },
          isChunked ? { method: 'POST', body: stream, duplex: 'half' } : { method: 'POST', body },
        );
      });
    }
  }

  test('the extension is not called before its 48 KiB are there', async () => {
    let calls = 0;
    await using running = await startExtension(
      pending((ecb) => {
        calls++;
        done(ecb);
      }),
    );
    const socket = running.dial(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(PRELOAD_LIMIT_BYTES - 1)}`);
    await until(() => running.host.stats.inUse === 1);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(calls, 0);
    socket.write('x');
    await until(() => calls === 1);
    socket.destroy();
  });

  test('an upload that nobody reads holds the client back, and is thrown away behind the session', async () => {
    const body = Buffer.alloc(8 << 20, 'u');
    const answer = await ask((ecb) => assert.equal(ecb.availableBytes, PRELOAD_LIMIT_BYTES), { method: 'POST', body });
    assert.equal(answer.status, 200);
  });

  test('a closed client is 0 bytes, not an error', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await startExtension(pending((ecb) => given.push(ecb)));
    const socket = running.dial(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(PRELOAD_LIMIT_BYTES)}`);
    await until(() => given.length === 1);
    const read = given[0]!.readClient(Buffer.alloc(100));
    assert.throws(() => given[0]!.readClient(Buffer.alloc(100)), isError('ERROR_INVALID_PARAMETER'));
    socket.destroy();
    assert.equal(await read, 0);
    assert.equal(await given[0]!.readClient(Buffer.alloc(100)), 0);
    done(given[0]!);
  });

  test('it waits 60 s whatever the configuration says, then rejects; the next read gets what comes', async (context) => {
    const given: ExtensionControlBlock[] = [];
    await using running = await startExtension(pending((ecb) => given.push(ecb)));
    const socket = running.dial(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(PRELOAD_LIMIT_BYTES)}`);
    await until(() => given.length === 1);
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const read = given[0]!.readClient(Buffer.alloc(100));
    let isOver = false;
    const over = read.catch((error: unknown) => {
      isOver = true;
      return error;
    });
    context.mock.timers.tick(59_999);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isOver, false);
    context.mock.timers.tick(1);
    assert.ok(isError('ERROR_TIMEOUT')(await over));
    context.mock.timers.reset();
    const next = given[0]!.readClient(Buffer.alloc(100));
    socket.write('late');
    assert.equal(await next, 4);
    done(given[0]!);
    socket.destroy();
  });

  test('a read that waits when the session ends is rejected, and ends no process when nobody hears it', async () => {
    const given: ExtensionControlBlock[] = [];
    await using running = await startExtension(pending((ecb) => given.push(ecb)));
    const socket = running.dial(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(PRELOAD_LIMIT_BYTES)}`);
    await until(() => given.length === 1);
    const read = given[0]!.readClient(Buffer.alloc(100));
    done(given[0]!);
    await assert.rejects(read, isError('ERROR_OPERATION_ABORTED'));
    socket.destroy();
  });

  test('an echo by asynchronous reads and writes gives back what came', async () => {
    const body = randomBytes(3_000_000);
    await using running = await startExtension(
      pending((ecb) => {
        const buffer = Buffer.alloc(256 << 10);
        let isWriting = true;
        ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, (_ecb, _context, bytes, error) => {
          isWriting = !isWriting;
          if (error || (isWriting && bytes === 0)) return done(ecb);
          if (isWriting) return ecb.writeClient(buffer.subarray(0, bytes), HSE.HSE_IO_ASYNC);
          ecb.serverSupportFunction(HSE.HSE_REQ_ASYNC_READ_CLIENT, buffer);
        });
        ecb.writeClient(ecb.data, HSE.HSE_IO_ASYNC);
      }),
    );
    const answer = await fetch(running.url, { method: 'POST', body });
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body));
  });
});
