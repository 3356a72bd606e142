import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
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

/** An app with upgrades, and a module that has each for as long as `wait` says. */
async function holding(wait: (context: HttpContext) => Promise<number>, ended: string[]) {
  const log: ServerHost['log'] = (_level, message) => void ended.push(message);
  const pool = new ThreadPool();
  const server = new HostedServer({ settings: {}, log } as unknown as ServerHost, pool);
  const pipeline = new Pipeline({ server, pool, app: { id: 'app', configPath: 'pool/app', physicalPath: tmpdir() }, log });
  const handlers = {
    onBeginRequest: wait,
    onEndRequest() {
      ended.push('end');
      return RQ_NOTIFICATION_CONTINUE;
    },
  } as unknown as HttpModule;
  await pipeline.register('holding', {
    registerModule: (_version: number, info: ModuleRegistrationInfo) =>
      info.setRequestNotifications({ getHttpModule: () => Object.create(handlers) }, RQ_BEGIN_REQUEST | RQ_END_REQUEST, 0),
  });
  const app = createServer();
  app.on('upgrade', () => assert.fail('the app has it'));
  return await serve(app, {}, undefined, pipeline);
}

suite('a client that resets its connection while a module has its upgrade', () => {
  for (const [what, answer] of [
    ['lets through', RQ_NOTIFICATION_CONTINUE],
    ['refuses', RQ_NOTIFICATION_FINISH_REQUEST],
  ] as const)
    test(`ends no process, and the app does not get what the module ${what} too late`, async () => {
      const ended: string[] = [];
      const asked = Promise.withResolvers<HttpContext>();
      const answered = Promise.withResolvers<number>();
      using served = await holding((context) => {
        asked.resolve(context);
        return answered.promise;
      }, ended);
      const { stream } = served.ask(UPGRADE);
      const context = await asked.promise;
      stream.reset('CLIENT_CLOSED');
      await until(() => !context.getConnection().isConnected(), 10_000, 'the end of the connection');
      answered.resolve(answer);
      await until(() => ended.length > 0, 10_000, 'the end of the request');
      assert.deepEqual(ended, ['end']);
      await until(() => served.tally.inFlight === 0, 10_000, 'the end of the connection');
    });
});
