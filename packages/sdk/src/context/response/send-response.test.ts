import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import { bodyOf, headOf } from '../testing/answer-text.ts';
import { get, serveModule } from '../testing/serve-module.ts';

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
