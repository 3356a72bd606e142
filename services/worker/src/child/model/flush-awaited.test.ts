import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { suite, test } from 'node:test';
import { until } from '@baton/core';
import { type DataChunk, type HttpModule, type ModuleRegistrationInfo, RQ_BEGIN_REQUEST, RQ_NOTIFICATION_FINISH_REQUEST } from '@baton/sdk';
import { HostedServer, Pipeline, type ServerHost, ThreadPool } from '@baton/sdk/host';
import { serve } from '../testing/serve.ts';

const SIZE = 4 << 20;
const PIECES: Readonly<Record<string, () => DataChunk>> = {
  memory: () => Buffer.alloc(SIZE, 'x'),
  'a file': () => ({ type: 'file', file: process.execPath, length: SIZE }),
};

suite('in a worker, a module that waits for its flushes', () => {
  for (const [what, pieceOf] of Object.entries(PIECES))
    test(`of ${what} is told of each, to a client that reads slowly too`, async () => {
      const flushed: number[] = [];
      const log: ServerHost['log'] = (_level, message) => assert.fail(message);
      const pool = new ThreadPool();
      const server = new HostedServer({ settings: {}, log } as unknown as ServerHost, pool);
      const pipeline = new Pipeline({ server, pool, app: { id: 'app', configPath: 'pool/app', physicalPath: tmpdir() }, log });
      const handlers: HttpModule = {
        async onBeginRequest(context) {
          const response = context.getResponse();
          for (let count = 0; count < 2; count++) {
            response.writeEntityChunkByReference(pieceOf());
            flushed.push(await response.flush());
          }
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      };
      await pipeline.register('flushing', {
        registerModule: (_version: number, info: ModuleRegistrationInfo) =>
          info.setRequestNotifications({ getHttpModule: () => Object.create(handlers) }, RQ_BEGIN_REQUEST, 0),
      });
      using served = await serve(createServer(), {}, undefined, pipeline);
      const asked = served.ask({ isStalling: true });
      const timer = setInterval(() => asked.take(), 1);
      const { body, reset } = await asked.done;
      clearInterval(timer);
      assert.deepEqual([body.length, reset, flushed], [2 * SIZE, undefined, [SIZE, SIZE]]);
      await until(() => served.tally.inFlight === 0, 10_000, 'its end');
    });
});
