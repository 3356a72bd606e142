import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import type { HttpModule } from '../pipeline/module.ts';
import { registering, servePipeline } from '../pipeline/testing/serve-pipeline.ts';
import type { HttpResponse } from './http-response.ts';

/** All that a client gets of two requests on one connection; "[reset]" where that was broken. */
async function ask(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
  let text = '';
  let hasAskedAgain = false;
  socket.on('data', (data) => {
    text += data;
    if (hasAskedAgain || !/\r\n\r\n[\s\S]*app/.test(text)) return;
    hasAskedAgain = true;
    socket.write('GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  });
  socket.on('error', () => {
    text += '[reset]';
  });
  await new Promise((resolve) => socket.on('close', resolve));
  return text;
}

interface Row {
  readonly act: (response: HttpResponse) => void;
  readonly where: 'onBeginRequest' | 'onPostExecuteRequestHandler';
  readonly text: RegExp;
}

const STEPS = ['begin', 'authorize', 'app', 'post execute', 'log', 'end'];

const ROWS: Readonly<Record<string, Row>> = {
  'resetConnection before the app: the client is reset now, and the steps go on': {
    act: (response) => response.resetConnection(),
    where: 'onBeginRequest',
    text: /^\[reset\]$/,
  },
  'closeConnection before the app: what is buffered is dropped, the steps go on': {
    act(response) {
      response.writeEntityChunks('never');
      response.closeConnection();
    },
    where: 'onBeginRequest',
    text: /^\[reset\]$/,
  },
  'setNeedDisconnect before the app: its answer goes out whole, and says that the connection closes': {
    act: (response) => response.setNeedDisconnect(),
    where: 'onBeginRequest',
    text: /^HTTP\/1\.1 200 OK\r\nConnection: close\r\n(?:.+\r\n)*\r\napp$/i,
  },
  'closeConnection behind the app: its answer is whole, the next request does not come': {
    act: (response) => response.closeConnection(),
    where: 'onPostExecuteRequestHandler',
    text: /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\napp(?:\[reset\])?$/,
  },
};

suite('a module ends the connection:', () => {
  for (const [title, { act, where, text }] of Object.entries(ROWS))
    test(title, async () => {
      const seen: string[] = [];
      const hear = (what: string, handler: string): HttpModule[keyof HttpModule] =>
        ((context: { getResponse(): HttpResponse }) => {
          seen.push(what);
          if (handler === where) act(context.getResponse());
          return RQ_NOTIFICATION_CONTINUE;
        }) as never;
      const module = {
        onBeginRequest: hear('begin', 'onBeginRequest'),
        onAuthorizeRequest: hear('authorize', ''),
        onPostExecuteRequestHandler: hear('post execute', 'onPostExecuteRequestHandler'),
        onLogRequest: hear('log', ''),
        onEndRequest: hear('end', ''),
      } as HttpModule;
      const { url, isEmpty } = await servePipeline(
        { m: registering(module) },
        {
          app(_req, res) {
            seen.push('app');
            res.end('app');
          },
        },
      );
      assert.match(await ask(url), text);
      await isEmpty();
      assert.deepEqual(seen, STEPS);
    });

  test('and finishes the request: LOG_REQUEST and END_REQUEST run, and nothing else', async () => {
    const seen: string[] = [];
    const note = (what: string) => () => {
      seen.push(what);
      return RQ_NOTIFICATION_CONTINUE;
    };
    const { url, isEmpty } = await servePipeline({
      m: registering({
        onBeginRequest(context) {
          context.getResponse().resetConnection();
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
        onAuthorizeRequest: note('authorize'),
        onLogRequest: note('log'),
        onEndRequest: note('end'),
      }),
    });
    assert.equal(await ask(url), '[reset]');
    await isEmpty();
    assert.deepEqual(seen, ['log', 'end']);
  });
});
