import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import express from 'express';
import {
  type ExtensionControlBlock,
  GL_APPLICATION_PRELOAD,
  GL_APPLICATION_START,
  GL_APPLICATION_STOP,
  GL_HEALTH_CHECK,
  GL_NOTIFICATION_CONTINUE,
  GL_STOP_LISTENING,
  type HandlerResult,
  HSE_REQ_SEND_RESPONSE_HEADER_EX,
  HSE_STATUS_SUCCESS,
  type HttpContext,
  type ModuleRegistrationInfo,
  on,
  RQ_BEGIN_REQUEST,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_FINISH_REQUEST,
  RQ_NOTIFICATION_PENDING,
  server,
  worker,
} from '../index.ts';
import { startTestHost } from './index.ts';

/** A module around each request's begin. */
function atBegin(onBeginRequest: (context: HttpContext) => HandlerResult) {
  return {
    registerModule: (_version: number, info: ModuleRegistrationInfo) =>
      info.setRequestNotifications({ getHttpModule: () => ({ onBeginRequest }) }, RQ_BEGIN_REQUEST, 0),
  };
}

suite('a test host', () => {
  test('serves an Express app without modules as it is', async () => {
    const app = express().get('/hello', (_req, res) => void res.send('hello'));
    await using host = await startTestHost({ app: app as never });
    const response = await host.fetch('/hello');
    assert.deepEqual([response.status, await response.text()], [200, 'hello']);
    assert.equal((await host.fetch('/other')).status, 404);
    assert.equal(host.requests, 0);
  });

  test('serves an app that has a fetch method, bodies streaming both ways', async () => {
    await using host = await startTestHost({
      app: {
        async fetch(request) {
          const headers = new Headers({ 'x-method': request.method });
          headers.append('set-cookie', 'a=1');
          headers.append('set-cookie', 'b=2');
          return new Response(`${new URL(request.url).pathname} ${await request.text()}`, { status: 201, headers });
        },
      },
    });
    const response = await host.fetch('/path', { method: 'POST', body: 'sent' });
    assert.deepEqual([response.status, await response.text(), response.headers.get('x-method')], [201, '/path sent', 'POST']);
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
  });

  test('answers 404 without an app, and 500 when fetch fails', async () => {
    await using none = await startTestHost();
    assert.equal((await none.fetch('/')).status, 404);
    await using failing = await startTestHost({ app: { fetch: () => Promise.reject(new Error('out of order')) } });
    const response = await failing.fetch('/');
    assert.deepEqual([response.status, await response.text()], [500, 'out of order']);
  });

  test('puts modules around the app, and writes down what they ask of the process', async () => {
    const guard = atBegin((context) => {
      server.recycleProcess('a request came');
      server.reportUnhealthy('and went');
      if (context.getRequest().getHeader('x-allowed') === 'yes') return RQ_NOTIFICATION_CONTINUE;
      context.getResponse().setStatus(403, 'Forbidden');
      return RQ_NOTIFICATION_FINISH_REQUEST;
    });
    await using host = await startTestHost({ modules: { guard }, app: (_req, res) => void res.end('in') });
    assert.equal((await host.fetch('/')).status, 403);
    const response = await host.fetch('/', { headers: { 'x-allowed': 'yes' } });
    assert.equal(await response.text(), 'in');
    assert.deepEqual(host.recycles, ['a request came', 'a request came']);
    assert.deepEqual(await host.ping(), { isHealthy: false, reason: 'and went' });
  });

  test('serves an extension', async () => {
    await using host = await startTestHost({
      extension: {
        httpExtensionProc(ecb: ExtensionControlBlock) {
          ecb.serverSupportFunction(HSE_REQ_SEND_RESPONSE_HEADER_EX, {
            status: '200 OK',
            header: 'Content-Type: text/plain\r\n\r\n',
            keepConn: false,
          });
          ecb.writeClient(Buffer.from(`hello ${ecb.method}`));
          return HSE_STATUS_SUCCESS;
        },
      },
    });
    const response = await host.fetch('/x');
    assert.deepEqual([response.status, await response.text()], [200, 'hello GET']);
  });

  test('has the life of a worker: preload, start before the first request, stop, unload', async () => {
    const heard: string[] = [];
    const tell = (what: string) => {
      heard.push(what);
      return GL_NOTIFICATION_CONTINUE;
    };
    const life = {
      registerModule: (_version: number, info: ModuleRegistrationInfo) =>
        info.setGlobalNotifications(
          {
            onGlobalApplicationPreload: () => tell('preload'),
            onGlobalApplicationStart: () => tell('start'),
            onGlobalHealthCheck: () => tell('ping'),
            onGlobalStopListening: (provider: { drainRequestsGracefully: boolean }) =>
              tell(`stop listening ${provider.drainRequestsGracefully}`),
            onGlobalApplicationStop: () => tell('stop'),
            terminate: () => void heard.push('terminate'),
          },
          GL_APPLICATION_PRELOAD | GL_APPLICATION_START | GL_HEALTH_CHECK | GL_STOP_LISTENING | GL_APPLICATION_STOP,
        ),
    };
    const host = await startTestHost({ modules: { life }, app: (_req, res) => void res.end(heard.join()) });
    assert.deepEqual(heard, ['preload']);
    assert.equal(await (await host.fetch('/')).text(), 'preload,start');
    assert.deepEqual(await host.ping(), { isHealthy: true });
    await host.stop({ drainRequestsGracefully: false });
    await host.stop();
    assert.deepEqual(heard, ['preload', 'start', 'ping', 'stop listening false', 'stop', 'terminate']);
  });

  test('is what the package finds while it is there, the last one first', async () => {
    assert.equal(server.getAppPoolName(), '');
    {
      await using first = await startTestHost({ worker: { pool: 'shop' }, settings: { maxProcesses: 4 } });
      assert.deepEqual([server.getAppPoolName(), worker.pool, server.getWorkerProcessSettings().maxProcesses], ['shop', 'shop', 4]);
      {
        await using second = await startTestHost({ worker: { pool: 'blog' } });
        assert.equal(server.getAppPoolName(), 'blog');
        assert.notEqual(first.url, second.url);
      }
      assert.equal(server.getAppPoolName(), 'shop');
      server.recycleApplication('app');
      assert.throws(() => server.recycleApplication('other'), { code: 'ERROR_PATH_NOT_FOUND' });
      assert.deepEqual(first.recycledApplications, ['app']);
    }
    assert.equal(server.getAppPoolName(), '');
  });

  test('drains: draining is heard, requests end', async () => {
    let respond: (() => unknown) | undefined;
    const host = await startTestHost({
      app: (_req, res) => {
        respond = () => res.end('late');
      },
    });
    const answer = host.fetch('/');
    while (!respond) await new Promise((resolve) => setImmediate(resolve));
    const draining = new Promise<Date>((resolve) => on('draining', resolve));
    const stopped = host.stop();
    assert.ok((await draining) instanceof Date);
    respond();
    assert.equal(await (await answer).text(), 'late');
    await stopped;
  });

  test('breaks off at its deadline what does not end, and shows a request that a module has forgotten', async () => {
    const forgetful = atBegin(() => RQ_NOTIFICATION_PENDING);
    const host = await startTestHost({ modules: { forgetful } });
    const answer = host.fetch('/').then(
      () => 'answered',
      () => 'broken off',
    );
    while (host.requests === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(host.requests, 1);
    await host.stop({ timeoutMs: 50 });
    assert.equal(await answer, 'broken off');
  });

  test('of a module that cannot be registered, or an extension that refuses, does not start', async () => {
    const broken = {
      registerModule: () => {
        throw new Error('no licence');
      },
    };
    await assert.rejects(startTestHost({ modules: { broken } }), /no licence/);
    await assert.rejects(
      startTestHost({ extension: { getExtensionVersion: () => false, httpExtensionProc: () => 1 } }),
      /does not want to be loaded/,
    );
    assert.equal(server.getAppPoolName(), '', 'nothing is left of it');
  });

  test('shows an exhausted pool as a ping that is not answered', async () => {
    await using host = await startTestHost({ threadPool: { maxPoolThreads: 1 } });
    let free = () => {};
    host.pool.post(
      () =>
        new Promise<void>((resolve) => {
          free = resolve;
        }),
    );
    const ping = host.ping();
    assert.equal(await Promise.race([ping, once(process, 'never', { signal: AbortSignal.timeout(50) }).catch(() => 'missed')]), 'missed');
    free();
    assert.deepEqual(await ping, { isHealthy: true });
  });
});
