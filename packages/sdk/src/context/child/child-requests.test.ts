import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import express from 'express';
import * as flags from '../../constants/child-flags.ts';
import { type RequestNotificationStatus, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { HostError } from '../../errors/host-error.ts';
import { createUser } from '../create-user.ts';
import type { HttpContext } from '../http-context.ts';
import { awaitedCodeOf } from '../testing/code-of.ts';
import { serveModule } from '../testing/serve-module.ts';

const { CLONE_FLAG_BASICS, CLONE_FLAG_ENTITY, CLONE_FLAG_HEADERS, EXECUTE_FLAG_BUFFER_RESPONSE, EXECUTE_FLAG_NO_HEADERS } = flags;

/** An app that says what it was asked. */
const app = express();
app.get(
  '/hello',
  (req, res) =>
    void res
      .status(201)
      .set('X-App', 'yes')
      .cookie('a', '1')
      .cookie('b', '2')
      .send(`hello ${req.get('x-name') ?? ''}`),
);
app.post('/echo', express.text({ type: '*/*', limit: '10mb' }), (req, res) => void res.send(`echo ${req.body}`));
app.get('/big', (_req, res) => {
  for (let index = 0; index < 600; index++) res.write('x'.repeat(10_000));
  res.end();
});
app.get('/breaks', (req) => req.socket.destroy());
const listener = app as unknown as RequestListener;

/** A root request that runs `act` in BEGIN_REQUEST and is finished by it; children go to the app. */
async function root(act: (context: HttpContext) => unknown, init: RequestInit = {}, path = '/'): Promise<Response> {
  const { url } = await serveModule(
    {
      onBeginRequest: async (context): Promise<RequestNotificationStatus> => {
        if (context.getParentContext()) return RQ_NOTIFICATION_CONTINUE;
        await act(context);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    },
    listener,
  );
  return await fetch(url + path, init);
}

suite('a child request', () => {
  test('goes through the same app, and its answer becomes the parent’s', async () => {
    let status = 0;
    const answer = await root(
      async (context) => {
        const child = context.cloneContext(CLONE_FLAG_BASICS | CLONE_FLAG_HEADERS);
        child.getRequest().setUrl('/hello');
        context.getResponse().writeEntityChunks('before ');
        status = await context.executeRequest(child);
        context.releaseClonedContext(child);
        context.getResponse().writeEntityChunks(' behind');
      },
      { headers: { 'X-Name': 'you' } },
    );
    assert.equal(status, 201);
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('x-app'), 'yes');
    assert.deepEqual(answer.headers.getSetCookie(), ['a=1; Path=/', 'b=2; Path=/']);
    assert.equal(await answer.text(), 'before hello you behind');
  });

  test('without headers leaves the parent’s status and headers alone', async () => {
    const answer = await root(async (context) => {
      const child = context.cloneContext(CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/hello');
      assert.equal(await context.executeRequest(child, EXECUTE_FLAG_NO_HEADERS), 201);
      assert.equal(child.getExecuteFlags(), EXECUTE_FLAG_NO_HEADERS);
    });
    assert.deepEqual([answer.status, answer.headers.get('x-app'), await answer.text()], [200, null, 'hello ']);
  });

  test('that is buffered keeps its answer', async () => {
    let kept: unknown;
    const answer = await root(async (context) => {
      const child = context.cloneContext(CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/hello');
      await context.executeRequest(child, EXECUTE_FLAG_BUFFER_RESPONSE);
      const response = child.getResponse();
      kept = [response.getStatus().statusCode, response.getHeader('X-App'), response.getEntityChunks().map(String).join('')];
    });
    assert.deepEqual(kept, [201, 'yes', 'hello ']);
    assert.deepEqual([answer.status, await answer.text()], [200, '']);
  });

  test('reads the body that its parent has not read', async () => {
    const answer = await root(
      async (context) => {
        const first = Buffer.alloc(4);
        await context.getRequest().readEntityBody(first);
        context.getRequest().insertEntityBody(Buffer.from('FIRS'));
        const child = context.cloneContext(CLONE_FLAG_BASICS | CLONE_FLAG_HEADERS | CLONE_FLAG_ENTITY);
        child.getRequest().setUrl('/echo');
        await context.executeRequest(child);
      },
      { method: 'POST', body: `first ${'x'.repeat(1_000_000)}` },
    );
    const text = await answer.text();
    assert.equal(text.length, 'echo first '.length + 1_000_000);
    assert.match(text, /^echo FIRSt x/);
  });

  test('has no headers, no body and no conditions of its parent, where it is not to', async () => {
    const seen: unknown[] = [];
    await root(
      async (context) => {
        const bare = context.cloneContext(0);
        seen.push([bare.getRequest().getHttpMethod(), bare.getRequest().getUrl(), bare.getRequest().getHeaders()]);
        context.releaseClonedContext(bare);
        const child = context.cloneContext(
          CLONE_FLAG_BASICS | CLONE_FLAG_HEADERS | flags.CLONE_FLAG_NO_PRECONDITION | flags.CLONE_FLAG_NO_DAV,
        );
        const { 'if-none-match': condition, depth, 'content-length': length, 'x-name': name } = child.getRequest().getHeaders();
        seen.push([condition, depth, length, name]);
      },
      { method: 'POST', body: 'x', headers: { 'If-None-Match': '"x"', Depth: '1', 'X-Name': 'n' } },
    );
    assert.deepEqual(seen, [
      ['GET', '/', {}],
      [undefined, undefined, undefined, 'n'],
    ]);
  });

  test('sees its parent, its root, the client’s address and the variables it inherits', async () => {
    let seen: unknown[] = [];
    await root(async (context) => {
      context.setServerVariable('MY_NAME', 'mine');
      const child = context.cloneContext(flags.CLONE_FLAG_SERVER_VARIABLE);
      const plain = context.cloneContext(0);
      plain.inheritServerVariable('my_name');
      seen = [
        child.getRootContext() === plain.getRootContext(),
        child.getParentContext() === child.getRootContext(),
        child.getServerVariable('MY_NAME'),
        plain.getServerVariable('MY_NAME'),
        child.getRequest().getRemoteAddress().address,
        context.getParentContext(),
      ];
    });
    assert.deepEqual(seen, [true, true, 'mine', 'mine', '127.0.0.1', undefined]);
  });

  test('with a user skips authentication', async () => {
    const authenticated: number[] = [];
    const users: (string | undefined)[] = [];
    const { url } = await serveModule(
      {
        onAuthenticateRequest: (context) => {
          authenticated.push(context.getParentContext() ? 1 : 0);
          return RQ_NOTIFICATION_CONTINUE;
        },
        onAuthorizeRequest: async (context): Promise<RequestNotificationStatus> => {
          users.push(context.getUser()?.getUserName());
          if (context.getParentContext()) return RQ_NOTIFICATION_CONTINUE;
          await context.executeRequest(context.cloneContext(0), 0, createUser({ userName: 'ada' }));
          await context.executeRequest(context.cloneContext(0));
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      },
      listener,
    );
    await (await fetch(url)).text();
    assert.deepEqual(users, ['', 'ada', '']);
    assert.deepEqual(authenticated, [0, 1]);
  });

  test('runs once, and only for its parent', async () => {
    const codes: string[] = [];
    await root(async (context) => {
      const child = context.cloneContext(0);
      const grandchild = child.cloneContext(0);
      codes.push(await awaitedCodeOf(() => context.executeRequest(grandchild)));
      codes.push(await awaitedCodeOf(() => context.executeRequest(context)));
      codes.push(await awaitedCodeOf(() => context.executeRequest(child)));
      codes.push(await awaitedCodeOf(() => context.executeRequest(child)));
    });
    assert.deepEqual(codes, ['ERROR_NOT_SUPPORTED', 'ERROR_NOT_SUPPORTED', 'none', 'ERROR_NOT_SUPPORTED']);
  });

  test('is released in reverse order, once', async () => {
    const codes: string[] = [];
    await root(async (context) => {
      const first = context.cloneContext(0);
      const second = context.cloneContext(0);
      for (const child of [first, second, second, first]) codes.push(await awaitedCodeOf(() => context.releaseClonedContext(child)));
    });
    assert.deepEqual(codes, ['ERROR_INVALID_STATE', 'none', 'ERROR_INVALID_PARAMETER', 'none']);
  });

  test('refuses flags that have no meaning here, by name', async () => {
    const codes: string[] = [];
    await root(async (context) => {
      codes.push(await awaitedCodeOf(() => context.cloneContext(flags.CLONE_FLAG_USER_CACHE_VARY_BY)));
      for (const flag of [2, 4, 8, 0x10, 0x40])
        codes.push(await awaitedCodeOf(() => context.executeRequest(context.cloneContext(0), flag)));
    });
    assert.deepEqual(codes, new Array(6).fill('ERROR_NOT_SUPPORTED'));
  });

  test('may be ten levels deep, and not eleven', async () => {
    const depths: number[] = [];
    const codes: string[] = [];
    const { url } = await serveModule(
      {
        onBeginRequest: async (context): Promise<RequestNotificationStatus> => {
          const depth = Number(context.getRequest().getHeader('x-depth') ?? 0);
          depths.push(depth);
          try {
            const child = context.cloneContext(0);
            child.getRequest().setHeader('X-Depth', String(depth + 1));
            await context.executeRequest(child);
          } catch (error) {
            codes.push((error as HostError).code);
            context.getResponse().writeEntityChunks(`level ${depth}`);
          }
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      },
      listener,
    );
    assert.equal(await (await fetch(url)).text(), 'level 10');
    assert.deepEqual(depths, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual(codes, ['ERROR_STACK_OVERFLOW']);
  });

  test('may answer with more than is buffered, which is sent as it comes', async () => {
    const answer = await root(async (context) => {
      const child = context.cloneContext(CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/big');
      await context.executeRequest(child);
    });
    assert.equal((await answer.text()).length, 6_000_000);
  });

  test('that is buffered may not answer with more than 4 MiB', async () => {
    let code = '';
    await root(async (context) => {
      const child = context.cloneContext(CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/big');
      code = await awaitedCodeOf(() => context.executeRequest(child, EXECUTE_FLAG_BUFFER_RESPONSE));
    });
    assert.equal(code, 'ERROR_NOT_ENOUGH_QUOTA');
  });

  test('whose app breaks the connection ends all the same', async () => {
    const answer = await root(async (context) => {
      const child = context.cloneContext(CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/breaks');
      assert.equal(await awaitedCodeOf(() => context.executeRequest(child)), 'ERROR_CONNECTION_INVALID');
    });
    assert.equal(answer.status, 200);
  });

  test('is broken off when its client leaves', async () => {
    const closed = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const { port } = await serveModule(
      {
        onBeginRequest: async (context): Promise<RequestNotificationStatus> => {
          if (context.getParentContext()) return RQ_NOTIFICATION_CONTINUE;
          ended.resolve(await awaitedCodeOf(() => context.executeRequest(context.cloneContext(0))));
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      },
      (_req, res) => {
        res.on('close', closed.resolve);
        client.destroy();
      },
    );
    const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    await once(client, 'close');
    await closed.promise;
    assert.equal(await ended.promise, 'ERROR_CONNECTION_INVALID');
  });

  test('is not run for a client that has left before', async () => {
    const ended = Promise.withResolvers<string>();
    let asked = 0;
    const { port, pipeline } = await serveModule(
      {
        onBeginRequest: async (context): Promise<RequestNotificationStatus> => {
          if (context.getParentContext()) return RQ_NOTIFICATION_CONTINUE;
          const { socket } = context.getRequest().getRawHttpRequest();
          const left = once(socket, 'close');
          client.destroy();
          await left;
          ended.resolve(await awaitedCodeOf(() => context.executeRequest(context.cloneContext(0))));
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      },
      // It would wait for as long as its client does.
      () => void asked++,
    );
    const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    assert.equal(await ended.promise, 'ERROR_CONNECTION_INVALID');
    while (pipeline.current.size > 0) await new Promise(setImmediate);
    assert.equal(asked, 0);
  });
});
