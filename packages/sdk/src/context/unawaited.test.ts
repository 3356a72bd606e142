import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import type { HttpContext } from './http-context.ts';
import { serveModule } from './testing/serve-module.ts';

const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n';
const big = Buffer.alloc(8 << 20, 'x');

/** What a module begins and does not wait for, and the error that it would hear. */
const BEGUN: Readonly<Record<string, { begin(context: HttpContext): unknown; error: string }>> = {
  readEntityBody: { begin: (context) => context.getRequest().readEntityBody(Buffer.alloc(10)), error: 'ERROR_CONNECTION_INVALID' },
  flush: {
    begin: (context) => {
      context.getResponse().writeEntityChunkByReference(big);
      return context.getResponse().flush();
    },
    error: 'ERROR_CONNECTION_INVALID',
  },
  'writeEntityChunks that sends': { begin: (context) => context.getResponse().writeEntityChunks(big), error: 'ERROR_CONNECTION_INVALID' },
  'executeRequest of a child that has run': {
    begin: (context) => context.executeRequest({} as HttpContext),
    error: 'ERROR_NOT_SUPPORTED',
  },
};

suite('of what a module has begun and does not wait for, when its client leaves, no rejection ends the process:', () => {
  for (const [what, { begin, error }] of Object.entries(BEGUN))
    test(what, async () => {
      const unheard: unknown[] = [];
      const hear = (reason: unknown) => void unheard.push(reason);
      process.on('unhandledRejection', hear);
      try {
        const begun = Promise.withResolvers<Promise<unknown>[]>();
        const left = Promise.withResolvers<void>();
        const { port, pipeline } = await serveModule({
          async onBeginRequest(context) {
            begun.resolve([begin(context) as Promise<unknown>]);
            await left.promise;
            return RQ_NOTIFICATION_FINISH_REQUEST;
          },
        });
        const client = connect(port, '127.0.0.1', () => client.write(HEAD)).on('error', () => {});
        const [operation] = await begun.promise;
        client.resetAndDestroy();
        // Node looks for rejections that nobody hears after each turn.
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.deepEqual(unheard, []);
        await assert.rejects(operation!, { code: error });
        left.resolve();
        while (pipeline.current.size > 0) await new Promise(setImmediate);
      } finally {
        process.off('unhandledRejection', hear);
      }
    });
});

test('a flush that is not waited for settles when its response is out', async () => {
  let flushed: Promise<number> | undefined;
  const { url } = await serveModule({
    onBeginRequest(context) {
      context.getResponse().writeEntityChunkByReference(big);
      flushed = context.getResponse().flush();
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  });
  assert.equal((await (await fetch(url)).bytes()).length, big.length);
  assert.equal(await flushed, big.length);
});
