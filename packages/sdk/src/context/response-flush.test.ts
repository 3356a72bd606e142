import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import type { HostError } from '../errors/host-error.ts';
import { answer, file, last } from './testing/answer.ts';
import { codeOf } from './testing/code-of.ts';
import { get, serveModule } from './testing/serve-module.ts';

test('a flush while one is under way is refused', async () => {
  const codes: unknown[] = [];
  await answer(async (response) => {
    response.writeEntityChunks({ type: 'file', file });
    const first = response.flush();
    codes.push(await response.flush().catch((error: HostError) => error.code));
    await first;
  });
  assert.deepEqual(codes, ['ERROR_BUSY']);
});

test('a flush to a client that has left is an error of that name, and the request still ends', async () => {
  const outcome = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<void>();
  const { port } = await serveModule({
    onBeginRequest: async (context) => {
      const response = context.getResponse();
      try {
        for (;;) {
          response.writeEntityChunks(Buffer.alloc(1024 * 1024));
          await response.flush();
        }
      } catch (error) {
        outcome.resolve((error as HostError).code);
      }
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
    onEndRequest: () => last(ended.resolve(), RQ_NOTIFICATION_CONTINUE),
  });
  const client = connect(port, '127.0.0.1');
  client.write(get());
  await once(client, 'data');
  client.destroy();
  assert.equal(await outcome.promise, 'ERROR_CONNECTION_INVALID');
  await ended.promise;
});

test('cancelIo ends a flush that waits for the client', async () => {
  const outcome = Promise.withResolvers<string>();
  const { port } = await serveModule({
    onBeginRequest: async (context) => {
      const response = context.getResponse();
      response.writeEntityChunks({ type: 'stream', stream: Readable.from(endless()) });
      const flushed = response.flush().catch((error: HostError) => outcome.resolve(error.code));
      await sleep(50);
      context.cancelIo();
      await flushed;
      assert.equal(
        codeOf(() => context.cancelIo()),
        'ERROR_INVALID_HANDLE',
      );
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  });
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  client.write(get());
  assert.equal(await outcome.promise, 'ERROR_OPERATION_ABORTED');
});

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(65_536);
}
