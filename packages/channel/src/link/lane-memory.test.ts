import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defer, until } from '@baton/core';
import { requestHead } from '../testing/requests.ts';
import { SocketPair } from '../testing/socket-pair.ts';
import type { RequestHandler, ResponseHandler } from '../types.ts';

const CHUNK_BYTES = 50_000;
const CHUNKS = 200;

const deaf: ResponseHandler = { onInterim() {}, onHead() {}, onData() {}, onEnd() {}, onReset() {}, onCredit() {} };

/** Bytes of one chunk that tell its number. */
const chunk = (number: number): Buffer => Buffer.alloc(CHUNK_BYTES, number);

for (const over of ['grpc', 'lane'] as const)
  for (const borrows of [false, true])
    test(`${over}: bytes of a body that are ${borrows ? 'borrowed are right during the call' : 'kept are not written over by what follows'}`, async () => {
      const ended = defer();
      const kept: Buffer[] = [];
      const onRequest = (stream: { consumed(bytes: number): void }): RequestHandler => ({
        borrows,
        onData: (bytes) => {
          kept.push(borrows ? Buffer.from(bytes) : bytes);
          stream.consumed(bytes.length);
        },
        onEnd: () => ended.resolve(),
        onReset: (cause) => ended.reject(new Error(cause)),
        onCredit() {},
      });
      await using pair = await SocketPair.open({ over, worker: { onRequest } });
      let number = 0;
      const pump = (): void => {
        while (number < CHUNKS) if (!request.write(chunk(number++))) return;
        request.end();
      };
      const request = pair.adapter.open(requestHead({ method: 'PUT' }), false, { ...deaf, onCredit: pump });
      pump();
      await ended.promise;
      const body = Buffer.concat(kept);
      assert.equal(body.length, CHUNKS * CHUNK_BYTES);
      for (let index = 0; index < CHUNKS; index++)
        assert.ok(body.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES).equals(chunk(index)), `chunk ${index} was changed`);
      await until(() => pair.adapter.state === 'open', 5_000, 'the session to be well');
    });
