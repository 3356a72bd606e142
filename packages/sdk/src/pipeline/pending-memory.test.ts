import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import { ThreadPool } from '../thread-pool/thread-pool.ts';
import { type LogLine, makePipeline, registering } from './testing/serve-pipeline.ts';

/** Enough for the mean to stand; `BATON_PENDING=10000` measures what the limit is said for. */
const REQUESTS = Number(process.env.BATON_PENDING ?? 1_000);
const LIMIT_BYTES = 8 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  for (let round = 0; round < 4; round++) collect();
  return process.memoryUsage().heapUsed;
}

/** Heap that REQUESTS open ones take in a server with this listener; `release` lets them be answered. */
async function heapOfOpen(listener: RequestListener, release: () => void): Promise<number> {
  const opened = Promise.withResolvers<void>();
  let count = 0;
  const server = createServer((req, res) => {
    listener(req, res);
    if (++count === REQUESTS) opened.resolve();
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  const { port } = server.address() as AddressInfo;
  const before = heapBytes();
  const clients: Socket[] = [];
  const ended: Promise<unknown>[] = [];
  for (let index = 0; index < REQUESTS; index++) {
    const client = connect(port, '127.0.0.1');
    client.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    client.resume();
    ended.push(new Promise((resolve) => client.once('close', resolve)));
    clients.push(client);
    if (index % 100 === 0) await new Promise((resolve) => client.once('connect', resolve));
  }
  await opened.promise;
  const bytes = heapBytes() - before;
  release();
  await Promise.all(ended);
  await new Promise((resolve) => server.close(resolve));
  return bytes;
}

test(`a PENDING request takes at most ${LIMIT_BYTES} bytes more than an open one, and no slot`, async () => {
  const plain: ServerResponse[] = [];
  const open = () =>
    heapOfOpen(
      (_req: IncomingMessage, res) => void plain.push(res),
      () => {
        for (const res of plain.splice(0)) res.end();
      },
    );
  const contexts: HttpContext[] = [];
  const pool = new ThreadPool();
  const log: LogLine[] = [];
  const pending = (context: HttpContext) => {
    contexts.push(context);
    return RQ_NOTIFICATION_PENDING;
  };
  const pipeline = await makePipeline({ slow: registering({ onBeginRequest: pending }) }, log, { pool });
  let active = 0;
  const held = () =>
    heapOfOpen(
      (req, res) => {
        pipeline.run(req, res, () => res.end());
      },
      () => {
        ({ active } = pool.stats);
        for (const context of contexts.splice(0)) context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
      },
    );
  // The first round of each compiles.
  await open();
  await held();
  const plainBytes = await open();
  const pendingBytes = await held();
  const each = Math.round((pendingBytes - plainBytes) / REQUESTS);
  console.log(
    `${REQUESTS} requests: ${Math.round(plainBytes / REQUESTS)} bytes open, ${Math.round(pendingBytes / REQUESTS)} PENDING, ${each} more`,
  );
  assert.ok(each <= LIMIT_BYTES, `${each} bytes`);
  assert.equal(active, 0);
  assert.equal(pipeline.current.size, 0);
  assert.deepEqual(log, []);
});
