import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import compression from 'compression';
import express from 'express';
import fastify from 'fastify';
import { RQ_NOTIFICATION_CONTINUE } from '../../constants/statuses.ts';
import type { HttpModule } from '../../pipeline/module.ts';
import type { HttpContext } from '../http-context.ts';
import type { SendResponseProvider } from '../providers.ts';
import { bodyOf } from '../testing/answer-text.ts';
import { get, serveModule } from '../testing/serve-module.ts';

suite('libraries that patch a response work above the capture:', () => {
  const PENDING: HttpModule = {
    onSendResponse: async (context: HttpContext, provider: SendResponseProvider) => {
      await new Promise(setImmediate);
      if (provider.getHeadersBeingSent()) context.getResponse().setHeader('X-Module', 'm');
      return RQ_NOTIFICATION_CONTINUE;
    },
  };

  test('Express with compression', async () => {
    const app = express();
    app.use(compression({ threshold: 0 }));
    app.get('/json', (_req, res) => void res.status(201).json({ a: 1 }));
    app.get('/stream', (_req, res) => void Readable.from(new Array(200).fill('x'.repeat(5000))).pipe(res.type('text')));
    app.get('/redirect', (_req, res) => res.redirect('/there'));
    app.get('/throws', () => {
      throw Object.assign(new Error('teapot'), { status: 418 });
    });
    const { url } = await serveModule(PENDING, app as unknown as RequestListener);
    const json = await fetch(`${url}/json`);
    assert.deepEqual(
      [json.status, json.headers.get('x-module'), json.headers.get('content-encoding'), await json.json()],
      [201, 'm', 'gzip', { a: 1 }],
    );
    assert.equal((await (await fetch(`${url}/stream`)).text()).length, 1_000_000);
    const redirect = await fetch(`${url}/redirect`, { redirect: 'manual' });
    assert.deepEqual([redirect.status, redirect.headers.get('location')], [302, '/there']);
    assert.equal((await fetch(`${url}/throws`)).status, 418);
    assert.equal((await fetch(`${url}/none`)).status, 404);
  });

  test('Express with compression, as bytes on the wire', async () => {
    const app = express();
    app.use(compression({ threshold: 0 }));
    app.get('/', (_req, res) => void res.type('text').send('hello'));
    const { talk } = await serveModule(PENDING, app as unknown as RequestListener);
    const text = await talk(get('/', 'Accept-Encoding: gzip\r\n'));
    const chunks = Buffer.from(bodyOf(text), 'latin1');
    const parts: Buffer[] = [];
    for (let at = 0; ; ) {
      const lineEnd = chunks.indexOf('\r\n', at);
      const size = Number.parseInt(chunks.toString('latin1', at, lineEnd), 16);
      if (size === 0) break;
      parts.push(chunks.subarray(lineEnd + 2, lineEnd + 2 + size));
      at = lineEnd + 2 + size + 2;
    }
    assert.equal(gunzipSync(Buffer.concat(parts)).toString(), 'hello');
  });

  test('Fastify', async () => {
    let listener!: RequestListener;
    const app = fastify({
      serverFactory: (handler) => {
        listener = handler as RequestListener;
        return createServer(handler as RequestListener);
      },
    });
    app.get('/json', async () => ({ a: 1 }));
    app.get('/stream', (_request, reply) => reply.type('text/plain').send(Readable.from(new Array(200).fill('x'.repeat(5000)))));
    app.post('/echo', async (request) => request.body);
    await app.ready();
    const { url } = await serveModule(PENDING, (req: IncomingMessage, res: ServerResponse) => listener(req, res as never));
    assert.deepEqual(await (await fetch(`${url}/json`)).json(), { a: 1 });
    assert.equal((await (await fetch(`${url}/stream`)).text()).length, 1_000_000);
    const echo = await fetch(`${url}/echo`, { method: 'POST', body: '{"b":2}', headers: { 'Content-Type': 'application/json' } });
    assert.deepEqual([await echo.json(), echo.headers.get('x-module')], [{ b: 2 }, 'm']);
    await app.close();
  });
});
