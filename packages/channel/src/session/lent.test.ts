import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defer, until } from '@baton/core';
import { createSessionPair } from '../create-session-pair.ts';
import { requestHead } from '../testing/requests.ts';
import type { RequestHandler, ResponseHandler, ResponseStream } from '../types.ts';

const silent: RequestHandler = { onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
const deaf: ResponseHandler = { onInterim() {}, onHead() {}, onData() {}, onEnd() {}, onReset() {}, onCredit() {} };

test('lent bytes may change after each write, whether they go out at once, in part, or wait for credit', async () => {
  const got: Buffer[] = [];
  const opened = defer<ResponseStream>();
  const pair = await createSessionPair({
    limits: { initialCredit: 1_000 },
    worker: {
      onRequest: (stream) => {
        opened.resolve(stream);
        return { ...silent, onData: (chunk) => void got.push(chunk) };
      },
    },
  });
  const request = pair.adapter.open(requestHead(), false, deaf);
  const memory = Buffer.alloc(600);
  const sent: Buffer[] = [];
  for (const letter of 'abcd') {
    memory.fill(letter);
    sent.push(Buffer.from(memory));
    // All of the first, 400 bytes of the second, nothing of the others.
    assert.equal(request.write(memory, true), letter === 'a');
  }
  memory.fill('!');
  assert.equal(request.buffered, 1_400);
  const stream = await opened.promise;
  const received = (): number => got.reduce((sum, { length }) => sum + length, 0);
  for (const total of [1_000, 2_000, 2_400]) {
    await until(() => received() === total, 5_000, `${total} bytes`);
    stream.consumed(1_000);
  }
  assert.equal(Buffer.concat(got).toString(), Buffer.concat(sent).toString());
  pair.close();
});

test('a chunk that is not lent is kept as it is', async () => {
  const pair = await createSessionPair({ limits: { initialCredit: 10 }, worker: { onRequest: () => silent } });
  const request = pair.adapter.open(requestHead(), false, deaf);
  const chunk = Buffer.alloc(1 << 20);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 64; i++) request.write(chunk);
  assert.ok(process.memoryUsage().arrayBuffers - before < 16 << 20, 'no copy of 64 chunks of a MiB');
  assert.equal(request.buffered, (64 << 20) - 10);
  pair.close();
});
