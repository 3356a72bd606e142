import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import {
  type RequestNotificationStatus,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_FINISH_REQUEST,
  RQ_NOTIFICATION_PENDING,
} from '../constants/statuses.ts';
import type { HostError } from '../errors/host-error.ts';
import type { HttpContext } from './http-context.ts';
import type { HttpRequest } from './http-request.ts';
import { awaitedCodeOf } from './testing/code-of.ts';
import { echo, seen } from './testing/seen.ts';
import { serveModule } from './testing/serve-module.ts';

/** Reads to the end in pieces of `size`; gives them. */
async function readAll(request: HttpRequest, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  const buffer = Buffer.alloc(size);
  for (;;)
    try {
      const bytes = await request.readEntityBody(buffer);
      parts.push(Buffer.from(buffer.subarray(0, bytes)));
    } catch (error) {
      assert.equal((error as HostError).code, 'ERROR_HANDLE_EOF');
      return Buffer.concat(parts);
    }
}

suite('the entity', () => {
  const BODY = '0123456789'.repeat(50_000);
  const post: RequestInit = { method: 'POST', body: BODY };

  test('that a module reads is consumed, in pieces of its buffer, to its end', async () => {
    const { body } = await seen(async (request) => {
      assert.equal(request.getRemainingEntityBytes(), BODY.length);
      const buffer = Buffer.alloc(7);
      assert.ok((await request.readEntityBody(buffer)) <= 7);
      const rest = await readAll(request, 8192);
      assert.equal(buffer.toString() + rest.toString(), BODY);
      assert.equal(request.getRemainingEntityBytes(), 0);
      assert.equal(await awaitedCodeOf(() => request.readEntityBody(buffer)), 'ERROR_HANDLE_EOF');
    }, post);
    assert.equal(body, '');
  });

  test('that a module has read and put back is the app’s', async () => {
    const { body } = await seen(async (request) => request.insertEntityBody(await readAll(request, 65_536)), post);
    assert.equal(body, BODY);
  });

  test('that is inserted comes before what is unread', async () => {
    const { body } = await seen(async (request) => {
      const buffer = Buffer.alloc(10);
      const bytes = await request.readEntityBody(buffer);
      request.insertEntityBody(Buffer.from(`<${buffer.subarray(0, bytes)}>`));
      assert.equal(request.getHeader('content-length'), String(BODY.length), 'Content-Length is not updated');
    }, post);
    assert.equal(body, `<0123456789>${BODY.slice(10)}`);
  });

  test('of a request without one is at its end', async () => {
    await seen(async (request) => {
      assert.equal(request.getRemainingEntityBytes(), 0);
      assert.equal(await awaitedCodeOf(() => request.readEntityBody(Buffer.alloc(1))), 'ERROR_HANDLE_EOF');
    });
  });

  test('is read into a buffer with room', async () => {
    await seen(async (request) => {
      assert.equal(await awaitedCodeOf(() => request.readEntityBody(Buffer.alloc(0))), 'ERROR_INVALID_PARAMETER');
    }, post);
  });

  test('is shown to modules of RQ_READ_ENTITY, who may change it', async () => {
    const shown: number[] = [];
    await seen(
      async (request) => {
        assert.equal((await readAll(request, 1000)).toString(), BODY.replaceAll('5', 'five'));
      },
      post,
      '/',
      {
        onReadEntity: async (_context, provider) => {
          shown.push(provider.getEntity().byteLength);
          provider.setEntity(Buffer.from(Buffer.from(provider.getEntity()).toString().replaceAll('5', 'five')));
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
    );
    assert.equal(
      shown.reduce((sum, bytes) => sum + bytes, 0),
      BODY.length,
    );
  });

  /** A client that sends the beginning of a body. */
  async function half(act: (request: HttpRequest, context: HttpContext, leave: () => void) => Promise<unknown>): Promise<unknown> {
    const outcome = Promise.withResolvers<unknown>();
    const { port } = await serveModule({
      onBeginRequest: async (context): Promise<RequestNotificationStatus> => {
        await act(context.getRequest(), context, () => client.destroy()).then(outcome.resolve, outcome.reject);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    });
    const client = connect(port, '127.0.0.1', () => client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'));
    client.on('error', () => {});
    return await outcome.promise;
  }

  test('whose client leaves before its end is ERROR_CONNECTION_INVALID', async () => {
    const got = await half(async (request, _context, leave) => {
      const buffer = Buffer.alloc(100);
      const bytes = await request.readEntityBody(buffer);
      const second = awaitedCodeOf(() => request.readEntityBody(buffer));
      leave();
      return [bytes, await second];
    });
    assert.deepEqual(got, [4, 'ERROR_CONNECTION_INVALID']);
  });

  test('that a client keeps back until it is told 100 is asked for as a listener of the body would ask', async () => {
    const asked: unknown[] = [];
    const { server, talk } = await serveModule({
      onBeginRequest: async (context): Promise<RequestNotificationStatus> => {
        const response = context.getResponse().getRawHttpResponse();
        context
          .getRequest()
          .getRawHttpRequest()
          .on('newListener', (event) => {
            if (event !== 'readable') return;
            asked.push(event);
            response.writeContinue();
          });
        const bytes = await context.getRequest().readEntityBody(Buffer.alloc(100));
        response.end(`${bytes} bytes`);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    });
    // Without it Node's server would say 100 by itself.
    server.on('checkContinue', (req, res) => void server.emit('request', req, res));
    const said = talk('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n', {
      '100 Continue': 'body',
    });
    assert.match(await said, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK[\s\S]*4 bytes/);
    assert.deepEqual(asked, ['readable']);
  });

  test('whose read is cancelled is ERROR_OPERATION_ABORTED, and can be read again', async () => {
    const got = await half(async (request, context) => {
      const buffer = Buffer.alloc(100);
      await request.readEntityBody(buffer);
      const second = awaitedCodeOf(() => request.readEntityBody(buffer));
      const busy = await awaitedCodeOf(() => request.readEntityBody(buffer));
      context.cancelIo();
      request.insertEntityBody(Buffer.from('again'));
      return [busy, await second, await request.readEntityBody(buffer), buffer.toString('latin1', 0, 5)];
    });
    assert.deepEqual(got, ['ERROR_BUSY', 'ERROR_OPERATION_ABORTED', 5, 'again']);
  });
});

test('a module that is pending while it reads completes the request by hand', async () => {
  const { url } = await serveModule(
    {
      onBeginRequest(context) {
        const buffer = Buffer.alloc(100);
        context
          .getRequest()
          .readEntityBody(buffer)
          .then(
            (bytes) => context.postCompletion(bytes, 0),
            (error: HostError) => context.postCompletion(0, error.number),
          );
        return RQ_NOTIFICATION_PENDING;
      },
      onAsyncCompletion(context, _notification, _isPost, _provider, info) {
        context.getResponse().writeEntityChunks(`${info.getCompletionBytes()} bytes, error ${info.getCompletionStatus()}`);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    },
    echo,
  );
  assert.equal(await (await fetch(url, { method: 'POST', body: 'hello' })).text(), '5 bytes, error 0');
  assert.equal(await (await fetch(url)).text(), '0 bytes, error 38');
});
