import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { HttpContext } from '../http-context.ts';
import { bodyOf, headOf } from '../testing/answer-text.ts';
import { get, serveModule } from '../testing/serve-module.ts';

suite('a module of RQ_SEND_RESPONSE', () => {
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
});
