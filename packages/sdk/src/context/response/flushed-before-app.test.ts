import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE } from '../../constants/statuses.ts';
import type { HttpModule } from '../../pipeline/module.ts';
import { registering, servePipeline } from '../../pipeline/testing/serve-pipeline.ts';
import type { HttpResponse } from '../http-response.ts';

const require = createRequire(import.meta.url);

/** What a client gets when a module answers with `answer` and goes on, and what the app has seen. */
async function run(answer: (response: HttpResponse) => unknown, app: RequestListener, more: HttpModule = {}) {
  let served = 0;
  const counting: RequestListener = (request, response) => {
    served++;
    app(request, response);
  };
  const flushing = registering({
    ...more,
    async onBeginRequest(context) {
      await answer(context.getResponse());
      return RQ_NOTIFICATION_CONTINUE;
    },
  });
  const { url, log, isEmpty } = await servePipeline({ flushing }, { app: counting });
  const response = await fetch(url, { headers: { connection: 'close' } });
  const text = await response.text();
  await isEmpty();
  assert.deepEqual(log, []);
  return { status: response.status, type: response.headers.get('content-type'), text, served };
}

const express: RequestListener = require('express')().get(
  '/',
  (_request: unknown, response: { status(code: number): { json(value: unknown): void } }) => response.status(404).json({ from: 'the app' }),
);
const plain: RequestListener = (_request, response) => {
  response.setHeader('x-app', '1').appendHeader('x-app', '2');
  response.writeHead(500, 'No', { 'content-type': 'text/html' });
  response.writeEarlyHints({ link: '</a.css>; rel=preload' });
  response.write('one ');
  response.end('two');
};

const begin = async (response: HttpResponse): Promise<void> => {
  response.setStatus(203);
  response.setHeader('content-type', 'text/x-module');
  response.writeEntityChunks('begun ');
  await response.flush();
};

suite('an app behind a module that has flushed', () => {
  for (const [name, app, said] of [
    ['Express', express, '{"from":"the app"}'],
    ['node:http', plain, 'one two'],
  ] as const)
    for (const [how, more] of [
      ['', {}],
      [', also where modules hear of what goes out', { onSendResponse: () => RQ_NOTIFICATION_CONTINUE }],
    ] as const)
      test(`of ${name} adds its entity, and its status and headers come too late without an error${how}`, async () => {
        assert.deepEqual(await run(begin, app, more), { status: 203, type: 'text/x-module', text: `begun ${said}`, served: 1 });
      });

  test('is not asked when the response has ended', async () => {
    const whole = async (response: HttpResponse) => {
      response.writeEntityChunks('all');
      await response.flush(false);
    };
    assert.deepEqual(await run(whole, plain), { status: 200, type: null, text: 'all', served: 0 });
  });

  test('nor when its length is fixed', async () => {
    const fixed = async (response: HttpResponse) => {
      response.setHeader('content-length', '3');
      response.writeEntityChunks('all');
      await response.flush();
    };
    assert.deepEqual(await run(fixed, plain), { status: 200, type: null, text: 'all', served: 0 });
  });
});
