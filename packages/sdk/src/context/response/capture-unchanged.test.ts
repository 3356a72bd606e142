import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline as pipeStreams } from 'node:stream/promises';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../../constants/statuses.ts';
import type { HandlerResult } from '../../pipeline/module.ts';
import type { HttpContext } from '../http-context.ts';
import { bodyOf, headOf, stable, unchunk } from '../testing/answer-text.ts';
import { get, serveModule } from '../testing/serve-module.ts';

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

test('an app without modules of the response is not captured', async () => {
  const own: string[] = [];
  const { url } = await serveModule({ onBeginRequest: () => RQ_NOTIFICATION_CONTINUE }, (_req, res) => {
    own.push(...['write', 'end', 'writeHead', 'flushHeaders'].filter((name) => Object.hasOwn(res, name)));
    res.end();
  });
  await fetch(url);
  assert.deepEqual(own, []);
});
