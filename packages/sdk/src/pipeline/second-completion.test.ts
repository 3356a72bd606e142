import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import { refusalOf, serveBeginning } from './testing/serve-beginning.ts';
import { registering, servePipeline } from './testing/serve-pipeline.ts';

suite('a second completion is refused and names both places', () => {
  const complete = {
    indicateCompletion: (context: HttpContext) => context.indicateCompletion(RQ_NOTIFICATION_CONTINUE),
    postCompletion: (context: HttpContext) => context.postCompletion(),
  };
  const onAsyncCompletion = () => RQ_NOTIFICATION_CONTINUE;
  const names = Object.keys(complete) as (keyof typeof complete)[];
  for (const first of names)
    for (const second of names)
      for (const when of ['before', 'after', 'on both sides of'] as const)
        test(`${first}, then ${second}, ${when} PENDING`, async () => {
          let refusal: { code: string; message: string } | undefined;
          const { url, isEmpty, seen } = await serveBeginning(
            (context) => {
              const one = () => complete[first](context);
              const other = () => {
                refusal = refusalOf(() => complete[second](context));
              };
              if (when !== 'after') one();
              if (when === 'before') other();
              if (when === 'after') setImmediate(one);
              if (when !== 'before') setImmediate(other);
              return RQ_NOTIFICATION_PENDING;
            },
            { onAsyncCompletion },
          );
          assert.equal(await (await fetch(url)).text(), 'app');
          await isEmpty();
          assert.deepEqual(seen, ['begin', 'second', 'log']);
          assert.equal(refusal?.code, 'ERROR_INVALID_STATE');
          assert.match(
            refusal.message,
            new RegExp(
              `^Module "first" has completed the request twice.*: first at .*${first}.*completion\\.test\\.[jt]s:\\d+.*, now at .*${second}.*completion\\.test\\.[jt]s:\\d+`,
            ),
          );
        });

  test('also while another module has the request PENDING, which is not completed by it', async () => {
    let refusal: { code: string; message: string } | undefined;
    const seen: string[] = [];
    const { url, isEmpty } = await servePipeline({
      hasty: registering({
        onBeginRequest(context) {
          setImmediate(() => {
            context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
            assert.deepEqual(seen, ['patient']);
            refusal = refusalOf(() => context.indicateCompletion(RQ_NOTIFICATION_FINISH_REQUEST));
          });
          return RQ_NOTIFICATION_PENDING;
        },
      }),
      patient: registering({
        onBeginRequest(context) {
          seen.push('patient');
          setTimeout(() => {
            seen.push('patient is done');
            context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
          }, 20);
          return RQ_NOTIFICATION_PENDING;
        },
      }),
    });
    assert.equal(await (await fetch(url)).text(), 'app');
    await isEmpty();
    assert.match(refusal!.message, /Module "hasty" has completed the request twice/);
    assert.deepEqual(seen, ['patient', 'patient is done']);
  });

  test('also when the request has ended', async () => {
    const kept = Promise.withResolvers<HttpContext>();
    const { url, isEmpty } = await serveBeginning((context) => {
      setImmediate(() => {
        context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
        kept.resolve(context);
      });
      return RQ_NOTIFICATION_PENDING;
    });
    await (await fetch(url)).text();
    await isEmpty();
    const context = await kept.promise;
    assert.match(refusalOf(() => context.postCompletion()).message, /has completed the request twice: first at .*, now at /);
  });

  test('and one for which nothing was ever PENDING says so', async () => {
    const kept = Promise.withResolvers<HttpContext>();
    const { url, isEmpty } = await serveBeginning((context) => {
      kept.resolve(context);
      return RQ_NOTIFICATION_CONTINUE;
    });
    await (await fetch(url)).text();
    await isEmpty();
    const context = await kept.promise;
    assert.match(
      refusalOf(() => context.postCompletion()).message,
      /completes a request of which it has nothing PENDING, at .*completion\.test/,
    );
  });
});
