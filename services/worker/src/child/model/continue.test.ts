import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { suite, test } from 'node:test';
import { until } from '@baton/core';
import {
  type HttpContext,
  type HttpModule,
  type ModuleRegistrationInfo,
  RQ_BEGIN_REQUEST,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_FINISH_REQUEST,
} from '@baton/sdk';
import { HostedServer, Pipeline, type ServerHost, ThreadPool } from '@baton/sdk/host';
import { type Ask, type Asked, type Served, serve } from '../testing/serve.ts';

const WAITS: Ask = { method: 'POST', isOpen: true, headers: ['Host', 'app.test', 'Content-Length', '4', 'Expect', '100-continue'] };

/** An app behind a module that does `onBeginRequest`, over a real session. */
async function through(app: RequestListener | Server, onBeginRequest: HttpModule['onBeginRequest']): Promise<Served> {
  const pool = new ThreadPool();
  const log: ServerHost['log'] = (_level, message) => assert.fail(message);
  const server = new HostedServer({ settings: {}, log } as unknown as ServerHost, pool);
  const pipeline = new Pipeline({ server, pool, app: { id: 'app', configPath: 'pool/app', physicalPath: tmpdir() }, log });
  await pipeline.register('reader', {
    registerModule: (_version: number, info: ModuleRegistrationInfo) =>
      info.setRequestNotifications({ getHttpModule: () => ({ onBeginRequest: onBeginRequest! }) }, RQ_BEGIN_REQUEST, 0),
  });
  return await serve(typeof app === 'function' ? createServer(app) : app, {}, undefined, pipeline);
}

/** Sends the body when it is told to go on, as a client does that asks first; answers what came. */
async function goOn(asked: Asked): Promise<{ status: number | undefined; body: string; told: number }> {
  await until(() => asked.answer.interim.length > 0, 10_000, '100');
  asked.stream.write(Buffer.from('body'));
  asked.stream.end();
  const { head, body, interim } = await asked.done;
  assert.ok(interim.every(({ status }) => status === 100));
  return { status: head?.status, body: String(body), told: interim.length };
}

/** The whole entity, read by the module. */
async function readAll(context: HttpContext): Promise<Buffer> {
  const buffer = Buffer.alloc(64);
  let length = 0;
  for (;;)
    try {
      length += await context.getRequest().readEntityBody(buffer.subarray(length));
    } catch (error) {
      if ((error as { code?: string }).code === 'ERROR_HANDLE_EOF') return buffer.subarray(0, length);
      throw error;
    }
}

const echo: RequestListener = (req, res) => void req.pipe(res);

suite('a client that sends its body when it is told to go on, behind a module', () => {
  test('that reads it and answers, is told once', async () => {
    using served = await through(
      () => assert.fail('the app has it'),
      async (context) => {
        context.getResponse().writeEntityChunks(`module: ${await readAll(context)}`);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    );
    assert.deepEqual(await goOn(served.ask(WAITS)), { status: 200, body: 'module: body', told: 1 });
    await until(() => served.tally.inFlight === 0, 10_000, 'its end');
  });

  test('that reads it and puts it back, is told once, and the app has all of it', async () => {
    using served = await through(echo, async (context) => {
      context.getRequest().insertEntityBody(await readAll(context));
      return RQ_NOTIFICATION_CONTINUE;
    });
    assert.deepEqual(await goOn(served.ask(WAITS)), { status: 200, body: 'body', told: 1 });
  });

  test('that listens to the request’s own stream, is told once', async () => {
    using served = await through(
      (_req, res) => void res.end('app'),
      async (context) => {
        const chunks: Buffer[] = [];
        for await (const chunk of context.getRequest().getRawHttpRequest()) chunks.push(chunk as Buffer);
        assert.equal(String(Buffer.concat(chunks)), 'body');
        return RQ_NOTIFICATION_CONTINUE;
      },
    );
    assert.deepEqual(await goOn(served.ask(WAITS)), { status: 200, body: 'app', told: 1 });
  });

  test('that reads it, before an app that decides itself whether to go on: it is not told a second time', async () => {
    const server = createServer(echo);
    server.on('checkContinue', (req, res) => {
      res.writeContinue();
      echo(req, res as never);
    });
    using served = await through(server, async (context) => {
      context.getRequest().insertEntityBody(await readAll(context));
      return RQ_NOTIFICATION_CONTINUE;
    });
    assert.deepEqual(await goOn(served.ask(WAITS)), { status: 200, body: 'body', told: 1 });
  });
});

suite('a client that waits to be told, behind a module that never reads', () => {
  for (const [what, act] of [
    ['at once', () => RQ_NOTIFICATION_FINISH_REQUEST],
    ['later', () => new Promise<2>((resolve) => setImmediate(resolve, RQ_NOTIFICATION_FINISH_REQUEST))],
  ] as const)
    test(`and answers ${what}, gets the answer and no 100`, async () => {
      using served = await through(
        () => assert.fail('the app has it'),
        (context) => {
          context.getResponse().setStatus(413, 'Too large');
          context.getResponse().writeEntityChunks('no');
          return act();
        },
      );
      const { head, body, interim, reset } = await served.ask(WAITS).done;
      assert.deepEqual([head?.status, String(body), interim.length, reset], [413, 'no', 0, undefined]);
    });

  test('gets no 100 from an app that refuses it either', async () => {
    const server = createServer(() => assert.fail('no request'));
    server.on('checkContinue', (_req, res) => void res.writeHead(401).end('app'));
    using served = await through(server, () => RQ_NOTIFICATION_CONTINUE);
    const { head, body, interim } = await served.ask(WAITS).done;
    assert.deepEqual([head?.status, String(body), interim.length], [401, 'app', 0]);
  });
});
