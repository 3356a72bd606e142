import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as flags from '../../constants/child-flags.ts';
import { type RequestNotificationStatus, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import { createUser } from '../create-user.ts';
import { listener, root } from '../testing/child-root.ts';
import { awaitedCodeOf } from '../testing/code-of.ts';
import { serveModule } from '../testing/serve-module.ts';

suite('a child request', () => {
  test('goes through the same app, and its answer becomes the parent’s', async () => {
    let status = 0;
    const answer = await root(
      async (context) => {
        const child = context.cloneContext(flags.CLONE_FLAG_BASICS | flags.CLONE_FLAG_HEADERS);
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
      const child = context.cloneContext(flags.CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/hello');
      assert.equal(await context.executeRequest(child, flags.EXECUTE_FLAG_NO_HEADERS), 201);
      assert.equal(child.getExecuteFlags(), flags.EXECUTE_FLAG_NO_HEADERS);
    });
    assert.deepEqual([answer.status, answer.headers.get('x-app'), await answer.text()], [200, null, 'hello ']);
  });

  test('that is buffered keeps its answer', async () => {
    let kept: unknown;
    const answer = await root(async (context) => {
      const child = context.cloneContext(flags.CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/hello');
      await context.executeRequest(child, flags.EXECUTE_FLAG_BUFFER_RESPONSE);
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
        const child = context.cloneContext(flags.CLONE_FLAG_BASICS | flags.CLONE_FLAG_HEADERS | flags.CLONE_FLAG_ENTITY);
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
          flags.CLONE_FLAG_BASICS | flags.CLONE_FLAG_HEADERS | flags.CLONE_FLAG_NO_PRECONDITION | flags.CLONE_FLAG_NO_DAV,
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
});
