import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
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
  RQ_NOTIFICATION_PENDING,
} from '@baton/sdk';
import { HostedServer, Pipeline, type ServerHost, ThreadPool } from '@baton/sdk/host';
import { type Ask, serve } from '../testing/serve.ts';
import { runningTrace } from './running-trace.ts';

const UPGRADE: Ask = { isOpen: true, url: '/chat', headers: ['Host', 'app.test', 'Connection', 'Upgrade', 'Upgrade', 'echo'] };
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function pipelineOf(module: HttpModule, log: string[] = []): Promise<Pipeline> {
  const pool = new ThreadPool();
  const write: ServerHost['log'] = (_level, message) => void log.push(message);
  const server = new HostedServer({ settings: {}, log: write } as unknown as ServerHost, pool);
  const app = { id: 'app', configPath: 'pool/app', physicalPath: tmpdir() };
  const pipeline = new Pipeline({ server, pool, app, log: write });
  const mask = (module.onBeginRequest ? RQ_BEGIN_REQUEST : 0) | (module.onEndRequest ? RQ_END_REQUEST : 0);
  const registerModule = (_version: number, info: ModuleRegistrationInfo): void =>
    info.setRequestNotifications({ getHttpModule: () => ({ ...module }) }, mask, 0);
  await pipeline.register('tested', { registerModule });
  return pipeline;
}

const through = async (listener: RequestListener, module: HttpModule, log?: string[]) => {
  const server = createServer(listener);
  return { server, app: await serve(server, {}, undefined, await pipelineOf(module, log)) };
};

/** Lets in who says "open". */
const guard: HttpModule = {
  onBeginRequest: (context: HttpContext) => {
    if (context.getRequest().getHeader('authorization') === 'open') return RQ_NOTIFICATION_CONTINUE;
    context.getResponse().setStatus(401, 'Unauthorized');
    context.getResponse().writeEntityChunks('who are you?');
    return RQ_NOTIFICATION_FINISH_REQUEST;
  },
};

suite('an upgrade with modules around its app', () => {
  test('is refused by a module before the app sees it, by an ordinary answer', async () => {
    const { server, app } = await through((_req, res) => res.end(), guard);
    using served = app;
    server.on('upgrade', () => assert.fail('the app has it'));
    const { answer, done } = served.ask(UPGRADE);
    await done;
    assert.deepEqual([answer.head?.status, answer.reset, String(answer.body)], [401, undefined, 'who are you?']);
    await until(() => served.tally.inFlight === 0, 5_000, 'its end');
  });

  test('that is let through is of the app, and the request ends when its socket closes', async () => {
    const ended: string[] = [];
    const module = {
      ...guard,
      onEndRequest: () => {
        ended.push('end');
        return RQ_NOTIFICATION_CONTINUE;
      },
    };
    const { server, app } = await through((_req, res) => res.end(), module);
    using served = app;
    const given = once(server, 'upgrade');
    const asked = served.ask({ ...UPGRADE, headers: [...UPGRADE.headers!, 'Authorization', 'open'] });
    const socket = (await given)[1] as Socket;
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello');
    await until(() => asked.answer.body.length === 5, 5_000, 'the first bytes');
    assert.equal(asked.answer.head?.status, 101);
    assert.deepEqual(ended, []);
    socket.destroy();
    await until(() => ended.length === 1, 5_000, 'the end of the request');
    await until(() => served.tally.inFlight === 0, 5_000, 'the end of the connection');
  });
});

suite('a client that waits for 100 Continue', () => {
  const WAITS: Ask = { method: 'POST', isOpen: true, headers: ['Host', 'app.test', 'Content-Length', '4', 'Expect', '100-continue'] };

  test('is not told to go on by a module that refuses', async () => {
    const { app } = await through((_req, res) => res.end(), guard);
    using served = app;
    const { answer, done } = served.ask(WAITS);
    await done;
    assert.deepEqual([answer.head?.status, answer.interim.length], [401, 0]);
  });

  test('is told once when the app has it', async () => {
    const echo: RequestListener = (req, res) => void req.pipe(res);
    const { app } = await through(echo, { onBeginRequest: () => RQ_NOTIFICATION_CONTINUE });
    using served = app;
    const asked = served.ask(WAITS);
    await until(() => asked.answer.interim.length === 1, 5_000, '100');
    asked.stream.write(Buffer.from('body'));
    asked.stream.end();
    await asked.done;
    assert.deepEqual([asked.answer.head?.status, String(asked.answer.body), asked.answer.interim.length], [200, 'body', 1]);
  });
});

test('a request that a module leaves pending is ended by the deadline that its head names, and the module is named', async () => {
  const log: string[] = [];
  const { app } = await through((_req, res) => res.end(), { onBeginRequest: () => RQ_NOTIFICATION_PENDING }, log);
  using served = app;
  const { answer, done } = served.ask({ deadlineMs: 300 });
  await done;
  assert.equal(answer.head?.status, 504);
  assert.match(log.join('\n'), /tested/);
});

test('what runs for a request knows its trace', async () => {
  const seen: (string | undefined)[] = [];
  const look = () => void seen.push(runningTrace()?.traceparent);
  const listener: RequestListener = (_req, res) => {
    look();
    setImmediate(() => {
      look();
      res.end();
    });
  };
  const { app } = await through(listener, {
    onBeginRequest: () => {
      look();
      return RQ_NOTIFICATION_CONTINUE;
    },
  });
  using served = app;
  await served.ask({ headers: ['Host', 'app.test', 'Traceparent', TRACEPARENT] }).done;
  await served.ask({ headers: ['Host', 'app.test', 'Traceparent', 'rubbish'] }).done;
  assert.deepEqual(seen, [TRACEPARENT, TRACEPARENT, TRACEPARENT, undefined, undefined, undefined]);
});
