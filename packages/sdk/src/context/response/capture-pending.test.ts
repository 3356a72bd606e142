import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../../constants/statuses.ts';
import type { HttpContext } from '../http-context.ts';
import { bodyOf, unchunk } from '../testing/answer-text.ts';
import { get, serveModule } from '../testing/serve-module.ts';

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
