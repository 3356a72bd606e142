import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import {
  type ExtensionControlBlock,
  HSE_REQ_ASYNC_READ_CLIENT,
  HSE_REQ_DONE_WITH_SESSION,
  HSE_REQ_IO_COMPLETION,
  HSE_REQ_IS_CONNECTED,
  HSE_STATUS_PENDING,
  type HttpContext,
  type HttpModule,
  type ModuleRegistrationInfo,
  RQ_BEGIN_REQUEST,
  RQ_LOG_REQUEST,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_PENDING,
} from '../index.ts';
import { startTestHost } from './index.ts';

const LIMIT_MS = 100;
const TIMED_OUT = /The response was not out within requestTimeout, 100 ms/;

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};

/** An extension that keeps its control blocks. */
function keeping(start: (ecb: ExtensionControlBlock) => void = () => {}) {
  const given: ExtensionControlBlock[] = [];
  const terminated: number[] = [];
  const extension = {
    httpExtensionProc(ecb: ExtensionControlBlock) {
      given.push(ecb);
      start(ecb);
      return HSE_STATUS_PENDING;
    },
    terminateExtension: (flags: number) => terminated.push(flags) > 0,
  };
  return { given, terminated, extension };
}

const isConnected = (ecb: ExtensionControlBlock): boolean => ecb.serverSupportFunction(HSE_REQ_IS_CONNECTED);

suite('requestTimeout of a test host', () => {
  test('answers 504 in the place of an extension that is silent, which then owes its session', async () => {
    const { given, extension } = keeping();
    await using host = await startTestHost({ extension, requestTimeoutMs: LIMIT_MS });
    const response = await host.fetch('/silent');
    assert.equal(response.status, 504);
    assert.match(await response.text(), /within requestTimeout/);
    const [ecb] = given;
    await until(() => !isConnected(ecb!));
    ecb!.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION);
    assert.ok(host.log.some(({ message, fields }) => TIMED_OUT.test(message) && fields?.url === '/silent'));
  });

  test('breaks the connection when an extension has begun to answer, and ends its outstanding operation', async () => {
    const ends: number[][] = [];
    const { given, extension } = keeping((ecb) => {
      ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, (_ecb: ExtensionControlBlock, _context: unknown, bytes: number, error: number) => {
        ends.push([bytes, error]);
        ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION);
      });
      void ecb.writeClient(Buffer.from('half'));
      ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10));
    });
    await using host = await startTestHost({ extension, requestTimeoutMs: LIMIT_MS });
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.write(`POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n${'a'.repeat(49_152)}`);
    await once(socket, 'close');
    assert.match(answer, /^HTTP\/1\.1 200 .*half/s);
    assert.doesNotMatch(answer, /\r\n0\r\n/, 'it does not look whole');
    await until(() => ends.length > 0);
    assert.deepEqual([given.length, ends], [1, [[0, ERROR_OPERATION_ABORTED]]]);
  });

  test('holds for apps and modules as well, and leaves what has been answered alone', async () => {
    const closed: string[] = [];
    const app: RequestListener = (req, res) => {
      res.on('close', () => closed.push(`${req.url} ${res.writableFinished}`));
      if (req.url === '/answers') res.end('in time');
    };
    const logged: string[] = [];
    const handlers: HttpModule = {
      onBeginRequest: (context: HttpContext) =>
        context.getUrlInfo().path === '/pending' ? RQ_NOTIFICATION_PENDING : RQ_NOTIFICATION_CONTINUE,
      onLogRequest(context: HttpContext) {
        logged.push(context.getUrlInfo().path);
        return RQ_NOTIFICATION_CONTINUE;
      },
    };
    const forgetful = {
      registerModule: (_version: number, info: ModuleRegistrationInfo) =>
        info.setRequestNotifications({ getHttpModule: () => handlers }, RQ_BEGIN_REQUEST | RQ_LOG_REQUEST, 0),
    };
    for (const modules of [{}, { forgetful }]) {
      await using host = await startTestHost({ modules, app, requestTimeoutMs: LIMIT_MS });
      assert.equal((await host.fetch('/silent')).status, 504);
      assert.equal(await (await host.fetch('/answers')).text(), 'in time');
      if ('forgetful' in modules) assert.equal((await host.fetch('/pending')).status, 504);
      await until(() => host.requests === 0);
    }
    assert.deepEqual(closed, ['/silent false', '/answers true', '/silent false', '/answers true']);
    assert.deepEqual(logged, ['/silent', '/answers', '/pending']);
  });

  test('ends no connection that is upgraded', async () => {
    const app = createServer();
    new WebSocketServer({ server: app }).on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
    await using host = await startTestHost({ app, requestTimeoutMs: LIMIT_MS });
    const socket = new WebSocket(host.url.replace('http', 'ws'));
    await once(socket, 'open');
    await new Promise((resolve) => setTimeout(resolve, 3 * LIMIT_MS));
    socket.send('still here');
    assert.equal(String((await once(socket, 'message'))[0]), 'still here');
    socket.close();
    await once(socket, 'close');
  });
});

suite('the stop of a test host', () => {
  test('waits for a session whose client has left, and terminates the extension behind it', async () => {
    const { given, terminated, extension } = keeping();
    const host = await startTestHost({ extension });
    const leaving = new AbortController();
    const answer = host.fetch('/', { signal: leaving.signal }).catch(() => 'left');
    await until(() => given.length > 0);
    leaving.abort();
    assert.equal(await answer, 'left');
    const [ecb] = given;
    await until(() => !isConnected(ecb!));
    let isStopped = false;
    const stopped = host.stop().then(() => {
      isStopped = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([isStopped, terminated], [false, []]);
    ecb!.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION);
    await stopped;
    assert.deepEqual(terminated, [2]);
  });

  test('and no longer than its timeoutMs', async () => {
    const { given, terminated, extension } = keeping();
    const host = await startTestHost({ extension });
    const leaving = new AbortController();
    host.fetch('/', { signal: leaving.signal }).catch(() => 'left');
    await until(() => given.length > 0);
    leaving.abort();
    await until(() => !isConnected(given[0]!));
    await host.stop({ timeoutMs: 50 });
    assert.deepEqual(terminated, [2]);
    assert.equal(given[0]!.method, 'GET', 'the session is still the extension’s');
  });
});
