import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { type HttpContext, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '@baton/sdk';
import { type HostedServer, Pipeline, ThreadPool } from '@baton/sdk/host';
import { type Served, serve } from '../testing/serve.ts';

const RQ_BEGIN_REQUEST = 0x0000_0001;
const RQ_SEND_RESPONSE = 0x2000_0000;

/** An app behind one module, over the socket that a request has in a worker. */
async function listen(bit: number, handler: object, app: RequestListener = (_req, res) => void res.end('app')): Promise<Served> {
  const pipeline = new Pipeline({
    server: {} as HostedServer,
    pool: new ThreadPool(),
    app: { id: 'shop', configPath: 'apps/shop', physicalPath: '/srv/shop' },
    log: (_level, message, fields) => assert.fail(`${message} ${String(fields?.error)}`),
  });
  await pipeline.register('tested', {
    registerModule: (_version: number, info: { setRequestNotifications(factory: object, mask: number, post: number): void }) =>
      info.setRequestNotifications({ getHttpModule: () => handler }, bit, 0),
  });
  return await serve(
    createServer((req, res) => void pipeline.run(req, res, () => app(req, res as never))),
    {},
  );
}

const letThrough = {
  onSendResponse: async (context: HttpContext) => {
    await new Promise(setImmediate);
    if (!context.getResponseHeadersSent()) context.getResponse().setHeader('X-Module', 'm');
    return RQ_NOTIFICATION_CONTINUE;
  },
};

suite('in a worker, a module of RQ_SEND_RESPONSE', () => {
  const APPS: Readonly<Record<string, readonly [app: RequestListener, body: string]>> = {
    'an end': [(_req, res) => void res.end('hello'), 'hello'],
    'a head and writes': [
      (_req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/plain' });
        res.write('one ');
        res.write('two ');
        res.end('three');
      },
      'one two three',
    ],
    'a stream': [(_req, res) => void Readable.from(new Array(100).fill('x'.repeat(10_000))).pipe(res), 'x'.repeat(1_000_000)],
    'no content': [(_req, res) => void res.writeHead(204).end(), ''],
  };
  for (const [what, [app, body]] of Object.entries(APPS))
    test(`holds ${what} back and lets it out whole`, async () => {
      using served = await listen(RQ_SEND_RESPONSE, letThrough, app);
      const answer = await served.ask().done;
      assert.equal(answer.reset, undefined);
      assert.equal(String(answer.body), body);
      assert.match(answer.head?.headers ?? '', /X-Module: m\r\n/);
    });

  test('answers in the app’s place', async () => {
    const refuse = {
      onSendResponse(context: HttpContext) {
        context.getResponse().clear();
        context.getResponse().setStatus(401, 'Access denied.');
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    };
    using served = await listen(RQ_SEND_RESPONSE, refuse, (_req, res) => {
      res.write('secret');
      res.end();
    });
    const { head, body, reset } = await served.ask().done;
    assert.deepEqual([head?.status, head?.reason, String(body), reset], [401, 'Access denied.', '', undefined]);
  });
});

suite('in a worker, a module that answers by itself', () => {
  const finish = (act: (context: HttpContext) => unknown) => ({
    onBeginRequest: async (context: HttpContext) => {
      await act(context);
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  });

  test('does so with a length, and may close the connection', async () => {
    using served = await listen(
      RQ_BEGIN_REQUEST,
      finish((context) => {
        context.getResponse().writeEntityChunks('mine');
        context.getResponse().setNeedDisconnect();
      }),
    );
    const { head, body } = await served.ask().done;
    assert.deepEqual([head?.framing, head?.close, String(body)], ['length', true, 'mine']);
  });

  test('may give the whole message', async () => {
    using served = await listen(
      RQ_BEGIN_REQUEST,
      finish((context) => {
        context.getResponse().suppressHeaders();
        context.getResponse().writeEntityChunks('HTTP/1.1 299 Mine\r\nContent-Length: 4\r\n\r\nbody');
      }),
    );
    const { head, body, reset } = await served.ask().done;
    assert.deepEqual([head?.status, head?.reason, String(body), reset], [299, 'Mine', 'body', undefined]);
  });

  test('may flush, and break the connection behind it', async () => {
    using served = await listen(
      RQ_BEGIN_REQUEST,
      finish(async (context) => {
        context.getResponse().writeEntityChunks('one');
        await context.getResponse().flush();
        context.getResponse().resetConnection();
      }),
    );
    const { head, reset } = await served.ask().done;
    assert.equal(head?.status, 200);
    assert.ok(reset);
  });
});
