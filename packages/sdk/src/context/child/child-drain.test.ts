import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { CLONE_FLAG_BASICS } from '../../constants/child-flags.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { HttpModule } from '../../pipeline/module.ts';
import { registering, servePipeline } from '../../pipeline/testing/serve-pipeline.ts';
import type { HttpContext } from '../http-context.ts';

const SIZE = 12 << 20;
const piece = Buffer.alloc(65_536, 'x');
const ends: RequestListener = (_req, res) => void res.end();
const stream = () => Readable.from(Array.from({ length: SIZE / piece.length }, () => piece));

/** What a child is answered with, by its app or by a module. */
const WAYS: Readonly<Record<string, { app?: RequestListener; answer?: (context: HttpContext) => Promise<unknown> }>> = {
  'an app that pipes a stream': { app: (_req, res) => void stream().pipe(res) },
  'an app that waits for each drain': {
    app(_req, res) {
      let left = SIZE / piece.length;
      const more = (): void => {
        while (left-- > 0) if (!res.write(piece)) return void res.once('drain', more);
        res.end();
      };
      more();
    },
  },
  'a module that waits for its flush of a stream': {
    answer(context) {
      context.getResponse().writeEntityChunkByReference({ type: 'stream', stream: stream() });
      return context.getResponse().flush();
    },
  },
  'a module that waits for its flush of a file': {
    answer(context) {
      context.getResponse().writeEntityChunkByReference({ type: 'file', file: process.execPath, length: SIZE });
      return context.getResponse().flush();
    },
  },
  'a module that waits for what it writes': { answer: async (context) => context.getResponse().writeEntityChunks(Buffer.alloc(SIZE, 'x')) },
};

suite('the long answer of a child request goes to its client, whoever gives it:', () => {
  for (const [who, { app = ends, answer }] of Object.entries(WAYS))
    for (const more of ['', ', with a module of RQ_SEND_RESPONSE'])
      test(who + more, async () => {
        const module: HttpModule = {
          async onBeginRequest(context) {
            if (context.getUrlInfo().path === '/child') {
              if (!answer) return RQ_NOTIFICATION_CONTINUE;
              await answer(context);
              return RQ_NOTIFICATION_FINISH_REQUEST;
            }
            const child = context.cloneContext(CLONE_FLAG_BASICS);
            child.getRequest().setUrl('/child');
            assert.equal(await context.executeRequest(child), 200);
            context.releaseClonedContext(child);
            return RQ_NOTIFICATION_FINISH_REQUEST;
          },
          ...(more && { onSendResponse: async () => RQ_NOTIFICATION_CONTINUE }),
        };
        const { url, log, isEmpty } = await servePipeline(
          { m: registering(module) },
          { app, options: () => ({ deadlineAtMs: Date.now() + 20_000, serve: app as never }) },
        );
        assert.equal((await (await fetch(url)).arrayBuffer()).byteLength, SIZE);
        await isEmpty();
        assert.deepEqual(log, []);
      });
});
