import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import {
  HSE_IO_ASYNC,
  HSE_REQ_ASYNC_READ_CLIENT,
  HSE_REQ_IO_COMPLETION,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS,
} from '../constants/isapi.ts';
import { RQ_BEGIN_REQUEST, RQ_LOG_REQUEST, RQ_READ_ENTITY } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import { HostError } from '../errors/host-error.ts';
import type { ExtensionControlBlock } from '../isapi/extension-control-block.ts';
import type { HttpModule } from '../pipeline/module.ts';
import type { ModuleRegistrationInfo } from '../pipeline/registration-info.ts';
import { startTestHost, type TestHostOptions } from '../testing/index.ts';
import type { HttpContext } from './http-context.ts';
import type { ReadEntityProvider } from './providers.ts';

const moduleOf = (handlers: HttpModule, mask: number) => ({
  registerModule: (_version: number, info: ModuleRegistrationInfo) =>
    info.setRequestNotifications({ getHttpModule: () => ({ ...handlers }) }, mask, 0),
});

/** Turns small letters into capitals, and keeps what it was shown. */
function capitals(isAsync: boolean) {
  const shown: Buffer[] = [];
  const change = (provider: ReadEntityProvider): void => {
    shown.push(Buffer.from(provider.getEntity()));
    provider.setEntity(Buffer.from(Buffer.from(provider.getEntity()).toString('latin1').toUpperCase(), 'latin1'));
  };
  const handlers: HttpModule = {
    onReadEntity: isAsync
      ? async (_context: HttpContext, provider: ReadEntityProvider) => {
          await new Promise((resolve) => setImmediate(resolve));
          change(provider);
          return RQ_NOTIFICATION_CONTINUE;
        }
      : (_context: HttpContext, provider: ReadEntityProvider) => {
          change(provider);
          return RQ_NOTIFICATION_CONTINUE;
        },
  };
  return { shown, module: moduleOf(handlers, RQ_READ_ENTITY) };
}

const ends = (req: IncomingMessage): Promise<unknown> => once(req, 'end');

/** Whoever may read a body, and answers with it. */
const READERS: Readonly<Record<string, Pick<TestHostOptions, 'app' | 'extension'>>> = {
  "an app's 'data'": {
    app: (req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk) => chunks.push(chunk));
      void ends(req).then(() => res.end(Buffer.concat(chunks)));
    },
  },
  "an app's 'readable'": {
    app: (req, res) => {
      const chunks: Buffer[] = [];
      req.on('readable', () => {
        for (let chunk = req.read(1_000); chunk !== null; chunk = req.read(1_000)) chunks.push(chunk);
      });
      void ends(req).then(() => res.end(Buffer.concat(chunks)));
    },
  },
  "an app's loop, late": {
    app: async (req, res) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      for await (const chunk of req) res.write(chunk);
      res.end();
    },
  },
  "an app's pipe": { app: (req, res) => void req.pipe(res) },
  'an app that has a fetch method': { app: { fetch: async (asked) => new Response(await asked.bytes()) } },
  'an extension that waits': {
    extension: {
      async httpExtensionProc(ecb: ExtensionControlBlock) {
        void ecb.writeClient(ecb.data);
        const buffer = Buffer.alloc(10_000);
        for (let bytes = await ecb.readClient(buffer); bytes > 0; bytes = await ecb.readClient(buffer))
          await ecb.writeClient(Buffer.from(buffer.subarray(0, bytes)));
        return HSE_STATUS_SUCCESS;
      },
    },
  },
  'an extension that is called back': {
    extension: {
      httpExtensionProc(ecb: ExtensionControlBlock) {
        const buffer = Buffer.alloc(10_000);
        void ecb.writeClient(ecb.data);
        const read = (): void => ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, buffer, buffer.length, HSE_IO_ASYNC);
        ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, async (_ecb, _context, bytes) => {
          if (bytes === 0) return void ecb.serverSupportFunction(4);
          await ecb.writeClient(Buffer.from(buffer.subarray(0, bytes)));
          read();
        });
        read();
        return HSE_STATUS_PENDING;
      },
    },
  },
};

const BODIES: Readonly<Record<string, { body: Buffer; isChunked: boolean }>> = {
  'a byte': { body: Buffer.from('a'), isChunked: false },
  '300 KB': { body: Buffer.alloc(300_000, 'abcdefghijk'), isChunked: false },
  '300 KB of unknown length': { body: Buffer.alloc(300_000, 'lmnopqrst'), isChunked: true },
};

async function post(url: string, body: Buffer, isChunked: boolean): Promise<{ status: number; answer: Buffer }> {
  const sent = request(url, { method: 'POST', headers: isChunked ? {} : { 'content-length': body.length }, agent: false });
  for (let at = 0; at < body.length; at += 100_000) sent.write(body.subarray(at, at + 100_000));
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode!, answer: Buffer.concat(await response.toArray()) };
}

suite('RQ_READ_ENTITY comes for every read of a body, and readers get what modules have made of it', () => {
  for (const [reader, parts] of Object.entries(READERS))
    for (const isAsync of [false, true])
      test(`${reader}; the module is ${isAsync ? 'asynchronous' : 'synchronous'}`, async () => {
        for (const [what, { body, isChunked }] of Object.entries(BODIES)) {
          const { shown, module } = capitals(isAsync);
          await using host = await startTestHost({ ...parts, modules: { capitals: module } });
          const { answer } = await post(host.url, body, isChunked);
          assert.ok(answer.equals(Buffer.from(body.toString('latin1').toUpperCase(), 'latin1')), `${what}: ${answer.length} bytes`);
          assert.ok(Buffer.concat(shown).equals(body), `${what}: each byte is shown once`);
          const without = await startTestHost(parts);
          assert.ok((await post(without.url, body, isChunked)).answer.equals(body), `${what}, without the module`);
          await without.stop();
        }
      });
});

suite('RQ_READ_ENTITY', () => {
  test('is not raised for a body that nobody reads, and the connection goes on', async () => {
    const { shown, module } = capitals(false);
    await using host = await startTestHost({ app: (req, res) => res.end(`no need of ${req.url}`), modules: { capitals: module } });
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    const body = Buffer.alloc(200_000, 'a');
    socket.write(`POST /first HTTP/1.1\r\nHost: t\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
    socket.write('GET /second HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    assert.match(answer, /need of \/first.*need of \/second/s);
    assert.deepEqual(shown, []);
  });

  test('is raised once for what a module reads, puts back, and the app reads again', async () => {
    const { shown, module } = capitals(true);
    const peeks = moduleOf(
      {
        async onBeginRequest(context: HttpContext) {
          const buffer = Buffer.alloc(1_000);
          const bytes = await context.getRequest().readEntityBody(buffer);
          context.getRequest().insertEntityBody(Buffer.from(buffer.subarray(0, bytes)));
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      RQ_BEGIN_REQUEST,
    );
    await using host = await startTestHost({ app: (req, res) => void req.pipe(res), modules: { capitals: module, peeks } });
    const body = Buffer.alloc(150_000, 'xyz');
    const { answer } = await post(host.url, body, false);
    assert.ok(answer.equals(Buffer.from(body.toString().toUpperCase())));
    assert.ok(Buffer.concat(shown).equals(body));
  });

  test('may leave nothing of some bytes, or more than there were, and refuses what are none', async () => {
    const filter = moduleOf(
      {
        onReadEntity(_context: HttpContext, provider: ReadEntityProvider) {
          assert.throws(
            () => provider.setEntity('text' as never),
            (error) => HostError.is(error, 'ERROR_INVALID_PARAMETER'),
          );
          const text = Buffer.from(provider.getEntity()).toString();
          provider.setEntity(Buffer.from(text.includes('drop') ? '' : text.repeat(3)));
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      RQ_READ_ENTITY,
    );
    await using host = await startTestHost({ app: (req, res) => void req.pipe(res), modules: { filter } });
    const sent = request(host.url, { method: 'POST', agent: false });
    const answered = once(sent, 'response');
    for (const text of ['a', 'drop', 'b', 'drop']) {
      sent.write(text);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    sent.end();
    const [response] = (await answered) as [IncomingMessage];
    assert.equal(Buffer.concat(await response.toArray()).toString(), 'aaabbb');
  });

  test('holds the client back while it is PENDING, and a read of a module meanwhile is ERROR_BUSY', async () => {
    const pending = Promise.withResolvers<HttpContext>();
    let shown = 0;
    const slow = moduleOf(
      {
        onReadEntity(context: HttpContext) {
          pending.resolve(context);
          return shown++ === 0 ? RQ_NOTIFICATION_PENDING : RQ_NOTIFICATION_CONTINUE;
        },
      },
      RQ_READ_ENTITY,
    );
    let raw: IncomingMessage | undefined;
    await using host = await startTestHost({
      app: (req, res) => {
        raw = req;
        req.resume();
        req.on('close', () => res.destroy());
      },
      modules: { slow },
    });
    const body = Buffer.alloc(32 << 20);
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
    const context = await pending.promise;
    await assert.rejects(
      async () => context.getRequest().readEntityBody(Buffer.alloc(10)),
      (error) => HostError.is(error, 'ERROR_BUSY'),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(raw!.socket.bytesRead < 1 << 20, `${raw!.socket.bytesRead} bytes were taken of a client that nobody reads`);
    assert.equal(shown, 1);
    socket.destroy();
    context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    while (host.requests > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('that throws is a 500, and RQ_LOG_REQUEST still runs', async () => {
    const logged: number[] = [];
    const broken = moduleOf(
      {
        onReadEntity() {
          throw new Error('out of order');
        },
        onLogRequest(context: HttpContext) {
          logged.push(context.getResponse().getStatus().statusCode);
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      RQ_READ_ENTITY | RQ_LOG_REQUEST,
    );
    await using host = await startTestHost({
      app: (req, res) => void ends(req.resume()).then(() => res.end('read')),
      modules: { broken },
    });
    assert.equal((await post(host.url, Buffer.from('abc'), false)).status, 500);
    while (host.requests > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(logged, [500]);
    assert.match(host.log.map(({ message }) => message).join(), /broken.*RQ_READ_ENTITY/);
  });
});
