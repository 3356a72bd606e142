import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { until } from '@baton/core';
import {
  type HttpContext,
  type HttpModule,
  type ModuleRegistrationInfo,
  RQ_BEGIN_REQUEST,
  RQ_END_REQUEST,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_FINISH_REQUEST,
} from '@baton/sdk';
import { HostedServer, Pipeline, type ServerHost, ThreadPool } from '@baton/sdk/host';
import { type Ask, serve } from '../testing/serve.ts';

const UPGRADE: Ask = { isOpen: true, url: '/chat', headers: ['Host', 'app.test', 'Connection', 'Upgrade', 'Upgrade', 'echo'] };
const SIZE = 5 << 20;

/** A server whose upgrades a module refuses by what it writes; says what became of its requests. */
async function refusing(write: (context: HttpContext) => unknown, ended: string[]) {
  const log: ServerHost['log'] = (_level, message) => void ended.push(message);
  const pool = new ThreadPool();
  const server = new HostedServer({ settings: {}, log } as unknown as ServerHost, pool);
  const pipeline = new Pipeline({ server, pool, app: { id: 'app', configPath: 'pool/app', physicalPath: tmpdir() }, log });
  const handlers: HttpModule = {
    async onBeginRequest(context) {
      context.getResponse().setStatus(403, 'Forbidden');
      await write(context);
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
    onEndRequest() {
      ended.push('end');
      return RQ_NOTIFICATION_CONTINUE;
    },
  };
  await pipeline.register('refusing', {
    registerModule: (_version: number, info: ModuleRegistrationInfo) =>
      info.setRequestNotifications({ getHttpModule: () => Object.create(handlers) }, RQ_BEGIN_REQUEST | RQ_END_REQUEST, 0),
  });
  const app = createServer();
  app.on('upgrade', () => assert.fail('the app has it'));
  return await serve(app, {}, undefined, pipeline);
}

const piece = Buffer.alloc(64 << 10, 'x');
const pieces = () => Array.from({ length: SIZE / piece.length }, () => piece);
const WAYS: Readonly<Record<string, (context: HttpContext) => unknown>> = {
  'from memory, waited for': (context) => context.getResponse().writeEntityChunks(Buffer.alloc(SIZE, 'x')),
  'from memory, not waited for': (context) => void context.getResponse().writeEntityChunks(Buffer.alloc(SIZE, 'x')),
  'from a stream': (context) => context.getResponse().writeEntityChunks({ type: 'stream', stream: Readable.from(pieces()) }),
  'flushed in pieces': async (context) => {
    const response = context.getResponse();
    for (const one of pieces()) {
      response.writeEntityChunks(one);
      await response.flush();
    }
  },
};

suite('an upgrade that a module refuses by a long answer', () => {
  for (const [way, write] of Object.entries(WAYS))
    test(`${way}, is answered whole, to a client that reads slowly too`, async () => {
      const ended: string[] = [];
      using served = await refusing(write, ended);
      const asked = served.ask({ ...UPGRADE, isStalling: true });
      const timer = setInterval(() => asked.take(), 1);
      const { head, body, reset } = await asked.done;
      clearInterval(timer);
      assert.deepEqual([head?.status, body.length, reset, ended], [403, SIZE, undefined, ['end']]);
      await until(() => served.tally.inFlight === 0, 10_000, 'its end');
    });
});
