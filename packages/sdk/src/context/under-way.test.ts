import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpModule } from '../pipeline/module.ts';
import { registering, servePipeline } from '../pipeline/testing/serve-pipeline.ts';
import type { HttpContext } from './http-context.ts';

const big = Buffer.alloc(6 << 20, 'm');

/** Begins an operation that lasts: six MiB are more than the connection takes at once. */
function begin(context: HttpContext): Promise<number> {
  context.getResponse().writeEntityChunkByReference(big);
  return context.getResponse().flush();
}

async function answerOf(module: HttpModule, leftMs = 0) {
  const { url, log, isEmpty } = await servePipeline(
    { m: registering(module) },
    {
      app: (_req, res) => {
        res.write('one ');
        res.end('two');
      },
      ...(leftMs > 0 && { options: () => ({ deadlineAtMs: Date.now() + leftMs }) }),
    },
  );
  const text = await fetch(url).then(
    (response) => response.text(),
    () => 'broken',
  );
  await isEmpty();
  return { text, log: log.map(({ message }) => message) };
}

suite('an operation that a handler has begun, when the handler answers', () => {
  test('CONTINUE before its end, goes on; what the app says comes behind it', async () => {
    let bytes = 0;
    const { text, log } = await answerOf({
      onBeginRequest(context) {
        begin(context).then((sent) => {
          bytes = sent;
        });
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    assert.deepEqual([text.length, text.slice(-8), bytes, log], [big.length + 7, 'mone two', big.length, []]);
  });

  test('FINISH_REQUEST before its end, is the whole answer', async () => {
    const { text, log } = await answerOf({
      onBeginRequest(context) {
        void begin(context);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    });
    assert.deepEqual([text.length, log], [big.length, []]);
  });

  test('PENDING, and its end completes the request, as the original does it', async () => {
    const told: number[] = [];
    const { text, log } = await answerOf({
      onBeginRequest(context) {
        begin(context).then((bytes) => context.postCompletion(bytes));
        return RQ_NOTIFICATION_PENDING;
      },
      onAsyncCompletion(_context, _notification, _isPost, _provider, info) {
        told.push(info.getCompletionBytes());
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    assert.deepEqual([text.length, told, log], [big.length + 7, [big.length], []]);
  });

  test('PENDING, although it had ended within the call: nothing completes the request, and its deadline names the module', async () => {
    const { text, log } = await answerOf(
      {
        onBeginRequest(context) {
          assert.equal(context.getResponse().writeEntityChunks('buffered'), 0);
          return RQ_NOTIFICATION_PENDING;
        },
      },
      300,
    );
    assert.match(text, /Gateway Timeout|504|^$/);
    assert.equal(log.length, 1);
    assert.match(log[0]!, /Module "m" left a request PENDING in RQ_BEGIN_REQUEST/);
  });

  test('is no hindrance to one of the other kind', async () => {
    const codes: unknown[] = [];
    const { text, log } = await answerOf({
      async onBeginRequest(context) {
        const sending = begin(context);
        await context
          .getRequest()
          .readEntityBody(Buffer.alloc(1))
          .catch((error) => codes.push(error.code));
        codes.push(await sending);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    });
    assert.deepEqual([codes, text.length, log], [['ERROR_HANDLE_EOF', big.length], big.length, []]);
  });
});
