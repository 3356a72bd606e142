import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { HandlerResult, HttpModule } from './module.ts';
import { serveBeginning } from './testing/serve-beginning.ts';

suite('a promise is PENDING done right', () => {
  test('the request goes on with what it settles with', async () => {
    for (const [answer, expected] of [
      [RQ_NOTIFICATION_CONTINUE, ['begin', 'second', 'log']],
      [RQ_NOTIFICATION_FINISH_REQUEST, ['begin', 'log']],
    ] as const) {
      const { url, seen, isEmpty, pool } = await serveBeginning(async () => {
        await new Promise(setImmediate);
        assert.equal(pool.stats.active, 0);
        return answer;
      });
      await (await fetch(url)).text();
      await isEmpty();
      assert.deepEqual(seen, expected);
    }
  });

  test('one that settles with PENDING is completed as any other: a completion before that is held back', async () => {
    for (const schedule of [(complete: () => void) => complete(), (complete: () => void) => setImmediate(complete)]) {
      const { url, seen, isEmpty } = await serveBeginning(async (context) => {
        await null;
        schedule(() => context.indicateCompletion(RQ_NOTIFICATION_FINISH_REQUEST));
        return RQ_NOTIFICATION_PENDING;
      });
      await (await fetch(url)).text();
      await isEmpty();
      assert.deepEqual(seen, ['begin', 'log']);
    }
  });

  test('what is no promise and settles twice moves the request on once; each is asked for its end once', async () => {
    let asked = 0;
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: what query builders are
      then(settle: (status: number) => void) {
        asked++;
        settle(RQ_NOTIFICATION_CONTINUE);
        setImmediate(settle, RQ_NOTIFICATION_CONTINUE);
      },
    } as Promise<typeof RQ_NOTIFICATION_CONTINUE>;
    const begins: [begin: (context: HttpContext) => HandlerResult, more: HttpModule][] = [
      [() => twice, {}],
      [
        (context) => {
          context.postCompletion();
          return RQ_NOTIFICATION_PENDING;
        },
        { onAsyncCompletion: () => twice },
      ],
    ];
    for (const [begin, more] of begins) {
      asked = 0;
      const { url, seen, isEmpty, log } = await serveBeginning(begin, more);
      await (await fetch(url)).text();
      await isEmpty();
      await new Promise(setImmediate);
      assert.deepEqual([asked, seen, log], [1, ['begin', 'second', 'log'], []]);
    }
  });

  test('a completion beside it is an error when it settles with CONTINUE', async () => {
    const { url, log } = await serveBeginning(async (context) => {
      context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
      await null;
      return RQ_NOTIFICATION_CONTINUE;
    });
    assert.equal((await fetch(url)).status, 500);
    assert.match(log[0]!.message, /onBeginRequest completed the request at .*, then answered CONTINUE/);
  });
});
