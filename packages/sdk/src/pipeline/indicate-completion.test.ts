import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import { refusalOf, serveBeginning } from './testing/serve-beginning.ts';

suite('indicateCompletion', () => {
  test('goes on in the stack of its caller, without entering the handler again', async () => {
    const order: string[] = [];
    const { url, seen, isEmpty } = await serveBeginning((context) => {
      setImmediate(() => {
        context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
        order.push(...seen);
      });
      return RQ_NOTIFICATION_PENDING;
    });
    await (await fetch(url)).text();
    await isEmpty();
    assert.deepEqual(order, ['begin', 'second']);
    assert.deepEqual(seen, ['begin', 'second', 'log']);
  });

  test('before PENDING is returned is held back until it is', async () => {
    const order: string[] = [];
    const { url, seen, isEmpty } = await serveBeginning((context) => {
      context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
      order.push(...seen);
      return RQ_NOTIFICATION_PENDING;
    });
    await (await fetch(url)).text();
    await isEmpty();
    assert.deepEqual(order, ['begin']);
    assert.deepEqual(seen, ['begin', 'second', 'log']);
  });

  for (const [when, schedule] of [
    ['before', (complete: () => void) => complete()],
    ['after', (complete: () => void) => setImmediate(complete)],
  ] as const)
    test(`with FINISH_REQUEST, ${when} PENDING is returned, skips the rest`, async () => {
      const { url, seen, isEmpty } = await serveBeginning((context) => {
        schedule(() => context.indicateCompletion(RQ_NOTIFICATION_FINISH_REQUEST));
        return RQ_NOTIFICATION_PENDING;
      });
      await (await fetch(url)).text();
      await isEmpty();
      assert.deepEqual(seen, ['begin', 'log']);
    });

  test('with PENDING, or what is no status, is refused, and the request waits on', async () => {
    const refusals: { code: string; message: string }[] = [];
    const { url } = await serveBeginning((context) => {
      setImmediate(() => {
        for (const status of [RQ_NOTIFICATION_PENDING, undefined, 7])
          refusals.push(refusalOf(() => context.indicateCompletion(status as number)));
        context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
      });
      return RQ_NOTIFICATION_PENDING;
    });
    assert.equal(await (await fetch(url)).text(), 'app');
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['ERROR_INVALID_PARAMETER', 'ERROR_INVALID_PARAMETER', 'ERROR_INVALID_PARAMETER'],
    );
    assert.match(refusals[0]!.message, /takes RQ_NOTIFICATION_CONTINUE \(0\) or RQ_NOTIFICATION_FINISH_REQUEST \(2\); got 1/);
  });

  test('of a handler that then answers CONTINUE is an error of its module, with the place of the completion', async () => {
    for (const answer of [RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST] as const) {
      const { url, log, seen, isEmpty } = await serveBeginning((context) => {
        context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
        return answer;
      });
      assert.equal((await fetch(url)).status, 500);
      await isEmpty();
      assert.deepEqual(seen, ['begin', 'log']);
      assert.match(
        log[0]!.message,
        /Module "first" failed in RQ_BEGIN_REQUEST: onBeginRequest completed the request at .*completion\.test\.[jt]s:\d+.*, then answered (?:CONTINUE|FINISH_REQUEST)/,
      );
    }
  });
});
