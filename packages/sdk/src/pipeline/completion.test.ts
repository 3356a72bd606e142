import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import { ThreadPool } from '../thread-pool/thread-pool.ts';
import type { HandlerResult, HttpModule } from './module.ts';
import { registering, servePipeline } from './testing/serve-pipeline.ts';

/** A module whose onBeginRequest is `begin`; what is heard after it is noted. */
async function serveBeginning(begin: (context: HttpContext) => HandlerResult, more: HttpModule = {}, pool?: ThreadPool) {
  const seen: string[] = [];
  const note = (what: string) => () => {
    seen.push(what);
    return RQ_NOTIFICATION_CONTINUE;
  };
  const fixture = await servePipeline(
    {
      first: registering({
        onBeginRequest(context) {
          seen.push('begin');
          return begin(context);
        },
        ...more,
      }),
      second: registering({ onBeginRequest: note('second'), onLogRequest: note('log') }),
    },
    pool ? { pool } : {},
  );
  return { ...fixture, seen };
}

/** What `use` throws. */
function refusalOf(use: () => void): { code: string; message: string } {
  try {
    use();
  } catch (error) {
    return error as { code: string; message: string };
  }
  assert.fail('it was not refused');
}

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

suite('postCompletion', () => {
  test('enters onAsyncCompletion behind the caller, in a slot, with notification, bytes and error; its answer decides', async () => {
    const got: unknown[] = [];
    let isCallerBack = false;
    const pool = new ThreadPool();
    const { url, seen, isEmpty } = await serveBeginning(
      (context) => {
        setImmediate(() => {
          context.postCompletion(4096, 38);
          isCallerBack = true;
        });
        return RQ_NOTIFICATION_PENDING;
      },
      {
        onAsyncCompletion(_context, notification, isPost, _provider, info) {
          got.push(isCallerBack, pool.stats.active, notification, isPost, info.getCompletionBytes(), info.getCompletionStatus());
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      pool,
    );
    assert.equal(await (await fetch(url)).text(), 'app');
    await isEmpty();
    assert.deepEqual(got, [true, 1, 0x1, false, 4096, 38]);
    assert.deepEqual(seen, ['begin', 'second', 'log']);
    assert.equal(pool.stats.active, 0);
  });

  test('before PENDING is returned is held back, and may answer PENDING again and FINISH_REQUEST in the end', async () => {
    const bytes: number[] = [];
    const { url, seen, isEmpty } = await serveBeginning(
      (context) => {
        context.postCompletion(1);
        assert.deepEqual(bytes, []);
        return RQ_NOTIFICATION_PENDING;
      },
      {
        onAsyncCompletion(context, _notification, _isPost, _provider, info) {
          bytes.push(info.getCompletionBytes());
          if (bytes.length === 3) return RQ_NOTIFICATION_FINISH_REQUEST;
          // Once before and once after PENDING is returned.
          if (bytes.length === 1) context.postCompletion(2);
          else setImmediate(() => context.postCompletion(3));
          return RQ_NOTIFICATION_PENDING;
        },
      },
    );
    await (await fetch(url)).text();
    await isEmpty();
    assert.deepEqual(bytes, [1, 2, 3]);
    assert.deepEqual(seen, ['begin', 'log']);
  });

  test('waits for a slot; PENDING itself holds none', async () => {
    const pool = new ThreadPool({ maxPoolThreads: 1 });
    const slot = Promise.withResolvers<void>();
    let isEntered = false;
    const posted = Promise.withResolvers<void>();
    const { url } = await serveBeginning(
      (context) => {
        assert.equal(pool.stats.active, 0);
        setImmediate(() => {
          pool.post(() => slot.promise);
          context.postCompletion();
          setImmediate(posted.resolve);
        });
        return RQ_NOTIFICATION_PENDING;
      },
      {
        onAsyncCompletion() {
          isEntered = true;
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
      pool,
    );
    const answer = fetch(url);
    await posted.promise;
    while (pool.stats.queued === 0) await new Promise(setImmediate);
    assert.ok(!isEntered);
    slot.resolve();
    assert.equal(await (await answer).text(), 'app');
    assert.ok(isEntered);
  });

  test('enters a routine of its own in place of onAsyncCompletion', async () => {
    const got: unknown[] = [];
    const { url, seen, isEmpty } = await serveBeginning((context) => {
      context.postCompletion(5, 6, (given, bytes, error) => {
        got.push(given === context, bytes, error);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      });
      return RQ_NOTIFICATION_PENDING;
    });
    await (await fetch(url)).text();
    await isEmpty();
    assert.deepEqual(got, [true, 5, 6]);
    assert.deepEqual(seen, ['begin', 'log']);
  });

  test('to a module without onAsyncCompletion, or one that throws there, is an error of the module', async () => {
    const throwing: HttpModule = {
      onAsyncCompletion() {
        throw new Error('half way');
      },
    };
    const rejecting: HttpModule = { onAsyncCompletion: () => Promise.reject(new Error('half way')) };
    for (const [more, message] of [
      [{}, /no method: onAsyncCompletion/],
      [throwing, /half way/],
      [rejecting, /half way/],
    ] as const) {
      const { url, log, seen, isEmpty, pool } = await serveBeginning((context) => {
        context.postCompletion();
        return RQ_NOTIFICATION_PENDING;
      }, more);
      assert.equal((await fetch(url)).status, 500);
      await isEmpty();
      assert.deepEqual(seen, ['begin', 'log']);
      assert.match(log[0]!.message, /Module "first" failed in RQ_BEGIN_REQUEST/);
      assert.match(log[0]!.message, message);
      assert.equal(log.length, 1);
      assert.equal(pool.stats.active, 0);
    }
  });

  test('holds its slot while the promise of onAsyncCompletion has not settled', async () => {
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const { url, pool } = await serveBeginning(
      (context) => {
        context.postCompletion();
        return RQ_NOTIFICATION_PENDING;
      },
      {
        async onAsyncCompletion() {
          entered.resolve();
          await gate.promise;
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
    );
    const answer = fetch(url);
    await entered.promise;
    assert.equal(pool.stats.active, 1);
    gate.resolve();
    await (await answer).text();
    assert.equal(pool.stats.active, 0);
  });
});

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
