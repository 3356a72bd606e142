import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import * as flags from '../../constants/child-flags.ts';
import { type RequestNotificationStatus, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { HostError } from '../../errors/host-error.ts';
import { listener, root } from '../testing/child-root.ts';
import { awaitedCodeOf } from '../testing/code-of.ts';
import { serveModule } from '../testing/serve-module.ts';

suite('a child request', () => {
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
      const child = context.cloneContext(flags.CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/big');
      await context.executeRequest(child);
    });
    assert.equal((await answer.text()).length, 6_000_000);
  });

  test('that is buffered may not answer with more than 4 MiB', async () => {
    let code = '';
    await root(async (context) => {
      const child = context.cloneContext(flags.CLONE_FLAG_BASICS);
      child.getRequest().setUrl('/big');
      code = await awaitedCodeOf(() => context.executeRequest(child, flags.EXECUTE_FLAG_BUFFER_RESPONSE));
    });
    assert.equal(code, 'ERROR_NOT_ENOUGH_QUOTA');
  });

  test('whose app breaks the connection ends all the same', async () => {
    const answer = await root(async (context) => {
      const child = context.cloneContext(flags.CLONE_FLAG_BASICS);
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
