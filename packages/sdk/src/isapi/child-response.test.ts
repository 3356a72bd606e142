import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import * as HSE from '../constants/isapi.ts';
import { RQ_BEGIN_REQUEST } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { ModuleRegistrationInfo } from '../pipeline/registration-info.ts';
import { startTestHost } from '../testing/index.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { done, until } from './testing/pending.ts';

const ERROR_CONNECTION_INVALID = 1229;
type Ways = Record<string, (ecb: ExtensionControlBlock) => HSE.ExtensionStatus | Promise<HSE.ExtensionStatus>>;

const send = (ecb: ExtensionControlBlock, text: string | Buffer): Promise<number> => ecb.writeClient(Buffer.from(text));
const head = (ecb: ExtensionControlBlock, status: string, headers: Record<string, string> = {}): void =>
  ecb.serverSupportFunction(HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX, { status, headers });

/** Runs a child request; what its routine does then. */
function execute(
  ecb: ExtensionControlBlock,
  info: { url: string; flags?: number },
  ended: (error: number) => unknown = () => {},
): HSE.ExtensionStatus {
  ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, async (_ecb, _context, _bytes, error) => {
    await ended(error);
    done(ecb);
  });
  ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, info);
  return HSE.HSE_STATUS_PENDING;
}

const start = (ways: Ways, modules: Record<string, unknown> = {}) =>
  startTestHost({ modules, extension: { httpExtensionProc: (ecb: ExtensionControlBlock) => ways[ecb.pathInfo]!(ecb) } });

/** All that comes on a connection of its own. */
async function exchange(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
const GET = 'GET /parent HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n';

suite('the response of a child request of an extension', () => {
  test('is the whole response: status, fields that were given to writeHead alone, and its length', async () => {
    await using host = await start({
      '/parent': (ecb) => execute(ecb, { url: '/child' }),
      '/child': async (ecb) => {
        head(ecb, '201 Made', { 'Content-Length': '4', 'X-Child': 'yes' });
        await send(ecb, 'milk');
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    const response = await host.fetch('/parent');
    const { status, statusText, headers } = response;
    assert.deepEqual([status, statusText, headers.get('x-child'), headers.get('content-length')], [201, 'Made', 'yes', '4']);
    assert.equal(await response.text(), 'milk');
    const bodyless = await host.fetch('/parent', { method: 'HEAD' });
    assert.deepEqual([bodyless.status, bodyless.headers.get('content-length'), await bodyless.text()], [201, '4', '']);
  });

  test('with HSE_EXEC_URL_NO_HEADERS it goes between what the extension sends, and its bytes count for the promised length', async () => {
    const errors: number[] = [];
    const parent = (length: number) => async (ecb: ExtensionControlBlock) => {
      head(ecb, '203 Mine', { 'Content-Length': String(length) });
      await send(ecb, '<');
      return execute(ecb, { url: '/child', flags: HSE.HSE_EXEC_URL_NO_HEADERS }, (error) => {
        errors.push(error);
        return error === 0 ? send(ecb, '>') : undefined;
      });
    };
    await using host = await start({
      '/parent': parent(6),
      '/small': parent(3),
      '/child': async (ecb) => {
        await send(ecb, 'milk');
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    const response = await host.fetch('/parent');
    assert.deepEqual([response.status, await response.text()], [203, '<milk>']);
    const broken = await exchange(host.url, GET.replace('/parent', '/small'));
    assert.match(broken, /\r\n\r\n<$/, 'nothing beyond the promised length, and not as much either');
    assert.deepEqual(errors, [0, ERROR_CONNECTION_INVALID]);
  });

  test('a child that fails before it answers leaves the answer to the extension; one that fails behind its head breaks the connection', async () => {
    const parent = (url: string) => (ecb: ExtensionControlBlock) =>
      execute(ecb, { url }, async (error) => {
        if (ecb.serverSupportFunction(HSE.HSE_REQ_IS_CONNECTED)) await send(ecb, `error ${error}`).catch(() => {});
      });
    await using host = await start({
      '/parent': parent('/silent'),
      '/late': parent('/half'),
      '/silent': (ecb) => {
        ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
        return HSE.HSE_STATUS_SUCCESS;
      },
      '/half': async (ecb) => {
        await send(ecb, 'half');
        ecb.serverSupportFunction(HSE.HSE_REQ_CLOSE_CONNECTION);
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    const response = await host.fetch('/parent');
    assert.deepEqual([response.status, await response.text()], [200, `error ${ERROR_CONNECTION_INVALID}`]);
    const broken = await exchange(host.url, GET.replace('/parent', '/late'));
    assert.match(broken, /half/);
    assert.doesNotMatch(broken, /\r\n0\r\n\r\n$/, 'it does not look whole');
  });

  test('a client that reads slowly holds the child back', async () => {
    let sent = 0;
    await using host = await start({
      '/parent': (ecb) => execute(ecb, { url: '/child' }),
      '/child': async (ecb) => {
        for (; sent < 1024; sent++) await send(ecb, Buffer.alloc(65_536));
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    socket.write(GET);
    await once(socket, 'readable');
    let before = -1;
    // It has come to rest.
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(sent < 512, `${sent} of 1024 blocks went out to a client that reads none`);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await once(socket, 'close');
    assert.ok(bytes > 1024 * 65_536, `${bytes}`);
  });

  test('HSE_REQ_SEND_URL that nobody has waited for breaks the connection, and its child writes to nobody', async () => {
    const held: ExtensionControlBlock[] = [];
    await using host = await start({
      '/parent': (ecb) => {
        void ecb.serverSupportFunction(HSE.HSE_REQ_SEND_URL, '/child');
        return HSE.HSE_STATUS_SUCCESS;
      },
      '/child': (ecb) => {
        held.push(ecb);
        return HSE.HSE_STATUS_PENDING;
      },
      '/next': async (ecb) => {
        await send(ecb, 'next');
        return HSE.HSE_STATUS_SUCCESS;
      },
    });
    assert.equal(await exchange(host.url, GET), '');
    assert.match(host.log.map(({ message }) => message).join('\n'), /was cut: its connection is broken/);
    const next = await host.fetch('/next');
    await send(held[0]!, 'late').catch(() => {});
    done(held[0]!);
    assert.equal(await next.text(), 'next');
  });

  test('a module may answer a child, and its fields are there', async () => {
    const answers = {
      registerModule: (_version: number, info: ModuleRegistrationInfo) =>
        info.setRequestNotifications(
          {
            getHttpModule: () => ({
              onBeginRequest(context: HttpContext) {
                if (context.getUrlInfo().path !== '/module') return RQ_NOTIFICATION_CONTINUE;
                const response = context.getResponse();
                response.setStatus(418, 'Teapot');
                response.setHeader('Content-Type', 'text/tea');
                response.writeEntityChunks(Buffer.from('short and stout'));
                return RQ_NOTIFICATION_FINISH_REQUEST;
              },
            }),
          },
          RQ_BEGIN_REQUEST,
          0,
        ),
    };
    await using host = await start({ '/parent': (ecb) => execute(ecb, { url: '/module' }) }, { answers });
    const response = await host.fetch('/parent');
    assert.deepEqual(
      [response.status, response.headers.get('content-type'), response.headers.get('content-length'), await response.text()],
      [418, 'text/tea', '15', 'short and stout'],
    );
    await until(() => host.requests === 0);
  });
});
