import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { connectWorker } from '@baton/adapter-kit/testing';
import type { RequestHandler, ResponseStream } from '@baton/channel';
import { until } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';

const nothing = (): void => {};
const BLOCK = Buffer.alloc(65_536, 'b');
const BLOCKS = 1024;

const sha256 = (blocks: number): string => {
  const hash = createHash('sha256');
  for (let n = 0; n < blocks; n++) hash.update(BLOCK);
  return hash.digest('hex');
};

/** Answers with the hash and size of what it was sent. */
function hashing(stream: ResponseStream): RequestHandler {
  const hash = createHash('sha256');
  return {
    onData: (chunk) => {
      hash.update(chunk);
      stream.consumed(chunk.length);
    },
    onEnd: () => answer(stream, hash.digest('hex')),
    onReset: nothing,
    onCredit: nothing,
  };
}

function answer(stream: ResponseStream, text: string): void {
  stream.sendHead({ status: 200, reason: 'OK', headers: `Content-Length: ${text.length}\r\n`, framing: 'length', close: false });
  stream.write(Buffer.from(text));
  stream.end();
}

/** Sends blocks as fast as it has credit. */
function downloading(stream: ResponseStream): RequestHandler {
  let left = BLOCKS;
  const pump = (): void => {
    while (left > 0) {
      left--;
      if (!stream.write(BLOCK)) return;
    }
    stream.end();
  };
  stream.sendHead({ status: 200, reason: 'OK', headers: '', framing: 'chunked', close: false });
  setImmediate(pump);
  return { onData: nothing, onEnd: nothing, onReset: nothing, onCredit: pump };
}

for (const [over, lanePort] of [
  ['gRPC', 'off'],
  ['a lane', 0],
] as const) {
  describe(`over ${over}`, () => {
    it('a worker with a signed identity is served at once, and one with a wrong pool is refused', async () => {
      await using h = await startAdapter({ isCold: true, adapter: { lanePort } });
      const client = await h.client();
      client.get();
      await until(() => h.pool.place.parked.size === 1);
      await assert.rejects(connectWorker(h.adapter, hashing, { poolIdentity: 'other', workerId: 'w9' }), { code: 'CHANNEL_IDENTITY' });
      const worker = await connectWorker(h.adapter, (stream) => {
        answer(stream, `hello from ${stream.head.appKey}`);
        return { onData: nothing, onEnd: nothing, onReset: nothing, onCredit: nothing };
      });
      await client.until(/hello from shop$/);
      worker.close('done');
    });

    it('64 MiB go up and down whole', async () => {
      await using h = await startAdapter({ isCold: true, adapter: { lanePort } });
      const worker = await connectWorker(h.adapter, (stream) => (stream.head.method === 'PUT' ? hashing(stream) : downloading(stream)));
      const up = await new Promise<string>((resolve, reject) => {
        const upload = request({ port: h.port, method: 'PUT' }, (response) =>
          response.on('data', (text: Buffer) => resolve(text.toString())),
        );
        upload.on('error', reject);
        let left = BLOCKS;
        const pump = (): void => {
          while (left-- > 0) if (!upload.write(BLOCK)) return void upload.once('drain', pump);
          upload.end();
        };
        pump();
      });
      assert.equal(up, sha256(BLOCKS));
      const down = createHash('sha256');
      await new Promise<void>((resolve, reject) => {
        request({ port: h.port }, (response) => response.on('data', (chunk: Buffer) => down.update(chunk)).on('end', resolve))
          .on('error', reject)
          .end();
      });
      assert.equal(down.digest('hex'), sha256(BLOCKS));
      worker.close('done');
    });

    it('a client that stops reading holds up only itself, and little of its response waits in the adapter', async () => {
      await using h = await startAdapter({ isCold: true, adapter: { lanePort } });
      const worker = await connectWorker(h.adapter, (stream) => {
        if (stream.head.url === '/large') return downloading(stream);
        answer(stream, 'small');
        return { onData: nothing, onEnd: nothing, onReset: nothing, onCredit: nothing };
      });
      const stalled = await h.client();
      stalled.socket.pause();
      stalled.get('/large');
      for (let n = 0; n < 50; n++) {
        const client = await h.client();
        client.get('/small');
        await client.until(/small$/);
        client.socket.destroy();
      }
      const waiting = h.adapter.listeners.all().reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0);
      assert.ok(waiting < 1_048_576, `${waiting} bytes wait for a client that does not read`);
      stalled.socket.resume();
      await until(() => stalled.received.length > BLOCKS * BLOCK.length, 20_000);
      worker.close('done');
    });

    it('a request whose client leaves is reset in the worker, with its cause', async () => {
      await using h = await startAdapter({ isCold: true, adapter: { lanePort } });
      const resets: string[] = [];
      const worker = await connectWorker(h.adapter, () => ({
        onData: nothing,
        onEnd: nothing,
        onReset: (cause) => resets.push(cause),
        onCredit: nothing,
      }));
      const client = await h.client();
      client.get();
      await until(() => worker.inFlight === 1);
      client.socket.resetAndDestroy();
      await until(() => resets.length === 1);
      assert.deepEqual(resets, ['CLIENT_CLOSED']);
      await until(() => worker.inFlight === 0 && h.pool.place.inFlight === 0);
      worker.close('done');
    });
  });
}
