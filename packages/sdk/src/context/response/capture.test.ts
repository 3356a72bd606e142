import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline as pipeStreams } from 'node:stream/promises';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import compression from 'compression';
import express from 'express';
import fastify from 'fastify';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../../constants/statuses.ts';
import type { HandlerResult, HttpModule } from '../../pipeline/module.ts';
import type { HttpContext } from '../http-context.ts';
import type { SendResponseProvider } from '../providers.ts';
import { get, serveModule } from '../testing/serve-module.ts';

const headOf = (text: string): string => text.slice(0, text.indexOf('\r\n\r\n'));
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);
/** A chunked body without its framing. */
const unchunk = (body: string): string => body.replace(/[0-9a-f]+\r\n([\s\S]*?)\r\n/gi, '$1').replace(/0\r\n\r\n$/, '');
/** What does not change from one run to the next. */
const stable = (text: string): string => text.replace(/^Date: .*\r\n/im, '');

/** Every way in which an app of Node answers. */
const APPS: Readonly<Record<string, RequestListener>> = {
  'an end with a string': (_req, res) => void res.end('hello'),
  'an end with nothing': (_req, res) => void res.end(),
  'a head, then an end': (_req, res) => void res.writeHead(201, 'Made', { 'X-App': 'a', 'Content-Length': 5 }).end('hello'),
  'a head in a flat list': (_req, res) =>
    void res.writeHead(200, ['X-App', 'a', 'Set-Cookie', 'b=1', 'Set-Cookie', 'c=2', 'Content-Length', '5']).end('hello'),
  'headers one by one': (_req, res) => {
    res.statusCode = 404;
    res.statusMessage = 'No Such Thing';
    res.setHeader('Set-Cookie', ['a=1', 'b=2']);
    res.appendHeader('Vary', 'x');
    res.end(Buffer.from('none'));
  },
  'several writes': (_req, res) => {
    res.write('one ');
    res.write(Buffer.from('two '));
    res.write('74687265', 'hex');
    res.end('e');
  },
  'a promised length in several writes': (_req, res) => {
    res.setHeader('Content-Length', 8);
    res.write('one ');
    res.end('four');
  },
  'a stream': (_req, res) => void Readable.from(['one ', 'two ', 'three']).pipe(res),
  'a pipeline of streams': (_req, res) => void pipeStreams(Readable.from(['one ', 'two ', 'three']), res),
  'flushed headers, then a body': (_req, res) => {
    res.writeHead(200, { 'X-App': 'flushed' });
    res.flushHeaders();
    setImmediate(() => res.end('later'));
  },
  'no content': (_req, res) => void res.writeHead(204).end(),
  'not modified': (_req, res) => void res.writeHead(304, { ETag: '"1"' }).end(),
  'early hints': (_req, res) => {
    res.writeEarlyHints({ link: '</a.css>; rel=preload' });
    res.writeProcessing();
    res.end('hinted');
  },
  trailers: (req, res) => {
    if (req.method !== 'HEAD') res.writeHead(200, { Trailer: 'X-Sum' });
    res.write('body');
    res.addTrailers({ 'X-Sum': '4' });
    res.end();
  },
  'a corked response': (_req, res) => {
    res.cork();
    res.write('one ');
    res.write('two');
    res.uncork();
    res.end();
  },
};

/** Ways in which a module lets a response through. */
const LETTERS: Readonly<Record<string, (context: HttpContext) => HandlerResult>> = {
  'answers at once': () => RQ_NOTIFICATION_CONTINUE,
  'is pending': (context) => {
    setImmediate(() => context.indicateCompletion(RQ_NOTIFICATION_CONTINUE));
    return RQ_NOTIFICATION_PENDING;
  },
  'completes before it is pending': (context) => {
    context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    return RQ_NOTIFICATION_PENDING;
  },
  'is asynchronous': async () => {
    await new Promise(setImmediate);
    return RQ_NOTIFICATION_CONTINUE;
  },
};

suite('what the client gets is the same, whatever a module of RQ_SEND_RESPONSE does that changes nothing:', () => {
  for (const [what, app] of Object.entries(APPS))
    for (const method of ['GET', 'HEAD'])
      test(`${method}, ${what}`, async () => {
        const request = get().replace('GET', method);
        const plain = stable(await (await serveModule({ onBeginRequest: () => RQ_NOTIFICATION_CONTINUE }, app)).talk(request));
        for (const [how, letter] of Object.entries(LETTERS)) {
          const { talk, log } = await serveModule({ onSendResponse: letter, onSendResponseStatusAndHeaders: letter }, app);
          const captured = stable(await talk(request));
          assert.equal(headOf(captured).toLowerCase(), headOf(plain).toLowerCase(), how);
          assert.equal(unchunk(bodyOf(captured)), unchunk(bodyOf(plain)), how);
          assert.deepEqual(log, [], how);
        }
      });
});

suite('a module of RQ_SEND_RESPONSE', () => {
  test('changes status and headers that the app has given', async () => {
    const seen: unknown[] = [];
    const { talk } = await serveModule(
      {
        onSendResponse(context, provider) {
          const response = context.getResponse();
          seen.push(
            response.getStatus().statusCode,
            response.getHeader('X-App'),
            provider.getHeadersBeingSent(),
            provider.getIsLastFlush(),
          );
          seen.push(provider.getEntityChunks().map(String));
          response.setStatus(202, 'Taken');
          response.deleteHeader('X-App');
          response.setHeader('X-Module', 'm');
          return RQ_NOTIFICATION_CONTINUE;
        },
        onSendResponseStatusAndHeaders(context) {
          context.getResponse().setHeader('X-Head', 'h');
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      (_req, res) => void res.writeHead(200, 'Fine', { 'X-App': 'a' }).end('body'),
    );
    const text = await talk(get());
    assert.deepEqual(seen, [200, 'a', true, true, ['body']]);
    assert.match(text, /^HTTP\/1\.1 202 Taken\r\n/);
    assert.match(headOf(text), /X-Module: m/);
    assert.match(headOf(text), /X-Head: h/);
    assert.doesNotMatch(headOf(text), /X-App/);
    assert.equal(bodyOf(text), 'body');
  });

  test('hears of every flush, and only in the first of the head', async () => {
    const seen: unknown[] = [];
    const { talk } = await serveModule(
      {
        onSendResponse: (_context, provider) => {
          seen.push([provider.getEntityChunks().map(String).join(), provider.getHeadersBeingSent(), provider.getIsLastFlush()]);
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      (_req, res) => {
        res.write('one');
        setImmediate(() => {
          res.write('two');
          setImmediate(() => res.end());
        });
      },
    );
    await talk(get());
    assert.deepEqual(seen, [
      ['one', true, false],
      ['two', false, false],
      ['', false, true],
    ]);
  });

  test('drops the app’s answer and gives its own', async () => {
    const told: unknown[] = [];
    const { talk, log } = await serveModule(
      {
        onSendResponse(context) {
          context.getResponse().clear();
          context.getResponse().setStatus(401, 'Access denied.');
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      },
      (_req, res) => {
        res.setHeader('X-Secret', 's');
        res.write('secret', (error) => told.push(['write', error ?? null]));
        told.push(res.headersSent, res.write('more'));
        res.end('end', () => told.push('ended'));
        res.on('finish', () => told.push('finish'));
      },
    );
    const text = await talk(get());
    assert.match(text, /^HTTP\/1\.1 401 Access denied\.\r\n/);
    assert.match(headOf(text), /Content-Length: 0/i);
    assert.doesNotMatch(text, /secret|X-Secret|more/i);
    await new Promise(setImmediate);
    assert.deepEqual(told.slice(0, 2), [true, true]);
    assert.ok(told.includes('ended') && told.includes('finish'));
    assert.deepEqual(log, []);
  });

  test('that finishes without a change ends the response behind what is there', async () => {
    const { talk } = await serveModule({ onSendResponse: () => RQ_NOTIFICATION_FINISH_REQUEST }, (_req, res) => {
      res.setHeader('Content-Length', 7);
      res.write('one');
      setImmediate(() => res.end('more'));
    });
    const text = await talk(get());
    assert.equal(bodyOf(text), 'one');
    assert.match(headOf(text), /Content-Length: 3/);
  });

  for (const [framing, head] of [
    ['a promised length', { 'Content-Length': '5' }],
    ['no promised length', {}],
  ] as const)
    test(`puts pieces before and behind the app’s, with ${framing}`, async () => {
      const { talk } = await serveModule(
        {
          onSendResponse(context) {
            const response = context.getResponse();
            response.writeEntityChunkByReference('<', 0);
            response.writeEntityChunks('>');
            return RQ_NOTIFICATION_CONTINUE;
          },
        },
        (_req, res) => void res.writeHead(200, head).end('hello'),
      );
      const text = await talk(get());
      assert.equal(bodyOf(text), '<hello>');
      assert.match(headOf(text), /Content-Length: 7/i);
    });

  test('cannot put pieces beside a response of fixed length that has begun', async () => {
    const codes: unknown[] = [];
    const { talk } = await serveModule(
      {
        onSendResponse(context, provider) {
          if (provider.getHeadersBeingSent()) return RQ_NOTIFICATION_CONTINUE;
          try {
            context.getResponse().writeEntityChunks('x');
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      (_req, res) => {
        res.setHeader('Content-Length', 2);
        res.write('a');
        res.end('b');
      },
    );
    assert.equal(bodyOf(await talk(get())), 'ab');
    assert.deepEqual(codes, ['ERROR_INVALID_STATE']);
  });

  for (const [how, act] of [
    [
      'drops bytes',
      (context: HttpContext) => {
        context.getResponse().clear();
        return RQ_NOTIFICATION_CONTINUE;
      },
    ],
    ['finishes', () => RQ_NOTIFICATION_FINISH_REQUEST],
  ] as const)
    test(`that ${how} in a later flush breaks a connection that was promised a length`, async () => {
      const { port } = await serveModule(
        { onSendResponse: (context, provider) => (provider.getHeadersBeingSent() ? RQ_NOTIFICATION_CONTINUE : act(context)) },
        (_req, res) => {
          res.setHeader('Content-Length', 6);
          res.write('one');
          res.write('two');
          res.end();
        },
      );
      const client = connect(port, '127.0.0.1', () => client.write(get().replace('Connection: close', 'Connection: keep-alive')));
      client.resume();
      const [error] = await once(client, 'error');
      assert.equal((error as { code: string }).code, 'ECONNRESET');
    });

  test('that finishes in a later flush of a chunked response ends it there', async () => {
    const { talk } = await serveModule(
      {
        onSendResponse: (_context, provider) =>
          provider.getHeadersBeingSent() ? RQ_NOTIFICATION_CONTINUE : RQ_NOTIFICATION_FINISH_REQUEST,
      },
      (_req, res) => {
        res.write('one');
        res.write('two');
        res.end('three');
      },
    );
    assert.equal(bodyOf(await talk(get())), '3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
  });

  test('that fails is answered with 500, and the app’s later output is taken and dropped', async () => {
    const { talk, log } = await serveModule(
      {
        onSendResponse: () => {
          throw new Error('no good');
        },
      },
      (_req, res) => {
        res.write('one');
        setImmediate(() => {
          res.setHeader('X', 'y');
          res.writeHead(200);
          res.write('two');
          res.end('three');
        });
      },
    );
    const text = await talk(get());
    assert.match(text, /^HTTP\/1\.1 500 /);
    assert.doesNotMatch(text, /one|two|three/);
    assert.equal(log.length, 1);
  });

  test('that fails in a later flush breaks the connection', async () => {
    const { port } = await serveModule(
      {
        onSendResponse: (_context, provider) => {
          if (provider.getHeadersBeingSent()) return RQ_NOTIFICATION_CONTINUE;
          throw new Error('no good');
        },
      },
      (_req, res) => {
        res.write('one');
        res.write('two');
      },
    );
    const client = connect(port, '127.0.0.1', () => client.write(get()));
    client.resume();
    const [error] = await once(client, 'error');
    assert.equal((error as { code: string }).code, 'ECONNRESET');
  });
});

suite('while a module is pending, the app’s response', () => {
  /** The app does something; `open` lets it out. */
  async function hold(app: RequestListener): Promise<{ open(): void; text: Promise<string>; held: Promise<void> }> {
    const held = Promise.withResolvers<void>();
    let pending: HttpContext | undefined;
    const { talk } = await serveModule(
      {
        onSendResponse(context, provider) {
          if (!provider.getHeadersBeingSent()) return RQ_NOTIFICATION_CONTINUE;
          pending = context;
          setImmediate(held.resolve);
          return RQ_NOTIFICATION_PENDING;
        },
      },
      app,
    );
    return { open: () => pending?.indicateCompletion(RQ_NOTIFICATION_CONTINUE), text: talk(get()), held: held.promise };
  }

  test('looks sent to the app, takes writes in order with backpressure, and says drain and finish when it is out', async () => {
    const events: unknown[] = [];
    let response!: ServerResponse;
    const { open, text, held } = await hold((_req, res) => {
      response = res;
      res.setHeader('X', 'y');
      events.push(res.write('one ', () => events.push('one out')));
      events.push(
        res.write('two ', () => events.push('two out')),
        res.headersSent,
        res.writableEnded,
      );
      assert.throws(() => res.setHeader('Z', 'z'), { code: 'ERR_HTTP_HEADERS_SENT' });
      assert.throws(() => res.writeHead(200), { code: 'ERR_HTTP_HEADERS_SENT' });
      res.on('drain', () => {
        events.push('drain');
        res.end('three', () => events.push('ended'));
      });
      res.on('finish', () => events.push('finish'));
    });
    await held;
    assert.deepEqual(events, [false, false, true, false]);
    open();
    assert.equal(unchunk(bodyOf(await text)), 'one two three');
    assert.deepEqual(new Set(events.slice(4)), new Set(['drain', 'one out', 'two out', 'finish', 'ended']));
    assert.ok(response.writableFinished);
  });

  test('looks ended to the app once it has ended it', async () => {
    let response!: ServerResponse;
    const order: string[] = [];
    const { open, text, held } = await hold((_req, res) => {
      response = res;
      res.on('finish', () => order.push('finish'));
      res.end('all');
      res.end(() => order.push('second end'));
      assert.equal(res.writableEnded, true);
      assert.equal(res.finished, true);
      res.write('late', (error) => order.push((error as { code?: string } | null)?.code ?? 'none'));
      res.on('error', () => order.push('error'));
    });
    await held;
    assert.equal(response.writableFinished, false);
    open();
    assert.match(await text, /\r\n\r\nall$/);
    assert.deepEqual(order.toSorted(), ['ERR_STREAM_WRITE_AFTER_END', 'error', 'finish', 'second end']);
  });

  test('stops a stream that is piped into it, and lets it go on afterwards', async () => {
    let given = 0;
    const source = Readable.from(
      (function* () {
        for (let index = 0; index < 100; index++) {
          given++;
          yield Buffer.alloc(10_000, 'x');
        }
      })(),
    );
    const { open, text, held } = await hold((_req, res) => void source.pipe(res));
    await held;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(given < 50, `${given} blocks were taken while nothing could go out`);
    open();
    assert.equal(unchunk(bodyOf(await text)).length, 1_000_000);
  });

  test('keeps flushed headers back', async () => {
    const { open, text, held } = await hold((_req, res) => {
      res.flushHeaders();
      res.write('a');
      res.end('b');
    });
    await held;
    open();
    assert.equal(unchunk(bodyOf(await text)), 'ab');
  });

  test('is dropped, callbacks told, when the client leaves', async () => {
    const told = Promise.withResolvers<unknown>();
    const closed = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    let pending: HttpContext | undefined;
    const { port, pipeline, log } = await serveModule(
      {
        onSendResponse(context) {
          pending = context;
          return RQ_NOTIFICATION_PENDING;
        },
        onEndRequest: () => {
          ended.resolve();
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      (_req, res) => {
        res.write('one');
        res.write('two', (error) => told.resolve(error));
        res.on('close', closed.resolve);
        client.destroy();
      },
    );
    const client = connect(port, '127.0.0.1', () => client.write(get()));
    assert.equal(((await told.promise) as { code: string }).code, 'ERROR_CONNECTION_INVALID');
    await closed.promise;
    assert.equal(pipeline.current.size, 1, 'the module still owns it');
    pending?.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    await ended.promise;
    assert.deepEqual(log, []);
  });
});

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

test('an app without modules of the response is not captured', async () => {
  const own: string[] = [];
  const { url } = await serveModule({ onBeginRequest: () => RQ_NOTIFICATION_CONTINUE }, (_req, res) => {
    own.push(...['write', 'end', 'writeHead', 'flushHeaders'].filter((name) => Object.hasOwn(res, name)));
    res.end();
  });
  await fetch(url);
  assert.deepEqual(own, []);
});

test('what modules have buffered before the app goes out with its first bytes', async () => {
  const { talk } = await serveModule(
    {
      onBeginRequest(context) {
        context.getResponse().writeEntityChunks('before ');
        return RQ_NOTIFICATION_CONTINUE;
      },
    },
    (_req, res) => void res.end('app'),
  );
  const text = await talk(get());
  assert.equal(bodyOf(text), 'before app');
  assert.match(headOf(text), /Content-Length: 10/i);
});
