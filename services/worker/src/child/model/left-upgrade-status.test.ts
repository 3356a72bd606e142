import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import {
  type HttpContext,
  type HttpModule,
  type ModuleRegistrationInfo,
  RQ_BEGIN_REQUEST,
  RQ_LOG_REQUEST,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_PENDING,
} from '@baton/sdk';
import { HostedServer, Pipeline, type ServerHost, ThreadPool } from '@baton/sdk/host';
import { serve } from '../testing/serve.ts';

/** The status that a module of RQ_LOG_REQUEST sees of an upgrade, which it has had PENDING until `wait` calls its argument. */
async function logged(wait: (context: HttpContext, goOn: () => void) => void, isLeaving = false): Promise<number> {
  const log: ServerHost['log'] = (_level, message) => assert.fail(message);
  const pool = new ThreadPool();
  const server = new HostedServer({ settings: {}, log } as unknown as ServerHost, pool);
  const pipeline = new Pipeline({ server, pool, app: { id: 'app', configPath: 'pool/app', physicalPath: tmpdir() }, log });
  const begun = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<number>();
  const handlers: HttpModule = {
    onBeginRequest(context) {
      wait(context, () => context.indicateCompletion(RQ_NOTIFICATION_CONTINUE));
      begun.resolve();
      return RQ_NOTIFICATION_PENDING;
    },
    onLogRequest(context) {
      seen.resolve(context.getResponse().getStatus().statusCode);
      return RQ_NOTIFICATION_CONTINUE;
    },
  };
  await pipeline.register('logging', {
    registerModule: (_version: number, info: ModuleRegistrationInfo) =>
      info.setRequestNotifications({ getHttpModule: () => Object.create(handlers) }, RQ_BEGIN_REQUEST | RQ_LOG_REQUEST, 0),
  });
  const app = createServer().on('upgrade', (_req, socket) => void socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  if (isLeaving) app.prependListener('upgrade', () => assert.fail('the app has it'));
  using served = await serve(app, {}, undefined, pipeline);
  const { stream } = served.ask({ isOpen: true, url: '/chat', headers: ['Host', 'app.test', 'Connection', 'Upgrade', 'Upgrade', 'echo'] });
  await begun.promise;
  if (isLeaving) stream.reset('CLIENT_CLOSED');
  else stream.end();
  return await seen.promise;
}

const socketOf = (context: HttpContext) => context.getRequest().getRawHttpRequest().socket;

test('an upgrade whose client left before the app got it is not logged as 101, which nobody has said', { timeout: 30_000 }, async () => {
  // The end is heard before the response's 'close'.
  assert.notEqual(await logged((context, goOn) => void socketOf(context).once('error', goOn), true), 101);
});

test('one that the app has got is logged as 101', { timeout: 30_000 }, async () => {
  assert.equal(await logged((_context, goOn) => void setImmediate(goOn)), 101);
});
