import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  RQ_CUSTOM_NOTIFICATION,
  RQ_MAP_PATH,
  RQ_READ_ENTITY,
  RQ_SEND_RESPONSE,
  RQ_SEND_RESPONSE_STATUS_AND_HEADERS,
} from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { HttpModule } from './module.ts';
import type { HandlerName } from './notification-facts.ts';
import type { RequestRun } from './request-run.ts';
import { registering, servePipeline } from './testing/serve-pipeline.ts';

const ROWS: readonly [number, HandlerName][] = [
  [RQ_SEND_RESPONSE_STATUS_AND_HEADERS, 'onSendResponseStatusAndHeaders'],
  [RQ_CUSTOM_NOTIFICATION, 'onCustomRequestNotification'],
  [RQ_SEND_RESPONSE, 'onSendResponse'],
  [RQ_READ_ENTITY, 'onReadEntity'],
  [RQ_MAP_PATH, 'onMapPath'],
];

/** A request that is held in the app while `use` raises what it likes. */
async function withRun(modules: Record<string, HttpModule>, use: (run: RequestRun) => Promise<void> | void) {
  const seen: string[] = [];
  const note = (what: string) => () => {
    seen.push(what);
    return RQ_NOTIFICATION_CONTINUE;
  };
  const called = Promise.withResolvers<() => void>();
  const audit = { onPostExecuteRequestHandler: note('post'), onReleaseRequestState: note('release'), onLogRequest: note('log') };
  const { url, pipeline, log, isEmpty } = await servePipeline(
    { ...Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, registering(module)])), audit: registering(audit) },
    { app: (_req, res) => called.resolve(() => res.end('app')) },
  );
  const answer = fetch(url).then(async (answer) => ({ status: answer.status, text: await answer.text() }));
  const end = await called.promise;
  const [run] = pipeline.current;
  await use(run!);
  end();
  const { status } = await answer;
  await isEmpty();
  return { seen, log, status };
}

suite('each of the five', () => {
  for (const [bit, handler] of ROWS)
    test(`${handler} hears of its own notification alone, with its provider, and nobody of one that nobody subscribed to`, async () => {
      const got: unknown[] = [];
      const provider = { getHeadersBeingSent: () => true };
      const module = {
        [handler]: (_context: HttpContext, given: object) => {
          got.push(given);
          return RQ_NOTIFICATION_CONTINUE;
        },
      };
      await withRun({ hearing: module }, (run) => {
        for (const [other] of ROWS) {
          assert.equal(run.isSubscribed(other), other === bit);
          assert.equal(
            run.raise(other, provider, () => assert.fail('it was not PENDING')),
            RQ_NOTIFICATION_CONTINUE,
          );
        }
        assert.deepEqual(got, [provider]);
      });
    });
});

test('FINISH_REQUEST ends the chain, and sends the request to LOG_REQUEST when the app is done', async () => {
  const heard: string[] = [];
  const { seen, status } = await withRun(
    {
      first: {
        onCustomRequestNotification() {
          heard.push('first');
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      },
      second: {
        onCustomRequestNotification() {
          heard.push('second');
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
    },
    (run) =>
      assert.equal(
        run.raise(RQ_CUSTOM_NOTIFICATION, {}, () => assert.fail()),
        RQ_NOTIFICATION_FINISH_REQUEST,
      ),
  );
  assert.deepEqual(heard, ['first']);
  assert.deepEqual(seen, ['log']);
  assert.equal(status, 200);
});

test('PENDING is answered to whoever raised it, who hears once how it ended', async () => {
  for (const [status, expected] of [
    [RQ_NOTIFICATION_CONTINUE, ['post', 'release', 'log']],
    [RQ_NOTIFICATION_FINISH_REQUEST, ['log']],
  ] as const) {
    const order: unknown[] = [];
    let context!: HttpContext;
    const { seen } = await withRun(
      {
        waiting: {
          onReadEntity(given) {
            context = given;
            return RQ_NOTIFICATION_PENDING;
          },
        },
        next: {
          onReadEntity() {
            order.push('next');
            return RQ_NOTIFICATION_CONTINUE;
          },
        },
      },
      (run) => {
        const provider = { getEntity: () => new Uint8Array() };
        assert.equal(
          run.raise(RQ_READ_ENTITY, provider, (...how) => order.push(how)),
          RQ_NOTIFICATION_PENDING,
        );
        assert.equal(run.executionStats.asyncNotification, RQ_READ_ENTITY);
        assert.deepEqual(order, []);
        context.indicateCompletion(status);
        assert.deepEqual(order, status === RQ_NOTIFICATION_CONTINUE ? ['next', [status, provider]] : [[status, provider]]);
        assert.equal(run.executionStats.asyncNotification, 0);
      },
    );
    assert.deepEqual(seen, expected);
  }
});

test('two that are PENDING at a time are completed by their own modules, whichever is first', async () => {
  for (const isReversed of [false, true]) {
    const contexts: HttpContext[] = [];
    const pending = (context: HttpContext) => {
      contexts.push(context);
      return RQ_NOTIFICATION_PENDING;
    };
    const order: string[] = [];
    await withRun({ a: { onReadEntity: pending }, b: { onCustomRequestNotification: pending } }, (run) => {
      run.raise(RQ_READ_ENTITY, {}, () => order.push('read'));
      run.raise(RQ_CUSTOM_NOTIFICATION, {}, () => order.push('custom'));
      for (const context of isReversed ? contexts.toReversed() : contexts) context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    });
    assert.deepEqual(order, isReversed ? ['custom', 'read'] : ['read', 'custom']);
  }
});

test('an error fails the request, and the handler hears no more of that notification, so that the 500 can go out', async () => {
  let calls = 0;
  const { log, status, seen } = await withRun(
    {
      broken: {
        onSendResponse() {
          calls++;
          throw new Error('no');
        },
      },
    },
    () => {},
  );
  assert.equal(status, 500);
  assert.equal(calls, 1);
  assert.deepEqual(seen, ['log']);
  assert.match(log[0]!.message, /Module "broken" failed in RQ_SEND_RESPONSE: no/);
});

test('the steps wait for one that is PENDING when the client has left', async () => {
  let context!: HttpContext;
  const { seen } = await withRun(
    {
      waiting: {
        onReadEntity(given) {
          context = given;
          return RQ_NOTIFICATION_PENDING;
        },
      },
    },
    async (run) => {
      run.raise(RQ_READ_ENTITY, {}, () => {});
      run.responseEnded();
      await new Promise(setImmediate);
      assert.deepEqual(run.executionStats.asyncNotification, RQ_READ_ENTITY);
      assert.ok(run.pipeline.current.has(run));
      context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    },
  );
  assert.deepEqual(seen, ['post', 'release', 'log']);
});

test('notifyCustomNotification of a context reaches the modules, and gives their status', async () => {
  const types: string[] = [];
  const { url, isEmpty } = await servePipeline({
    asking: registering({
      onBeginRequest(context) {
        assert.equal(context.notifyCustomNotification('cart changed'), RQ_NOTIFICATION_CONTINUE);
        return RQ_NOTIFICATION_CONTINUE;
      },
    }),
    hearing: registering({
      onCustomRequestNotification(_context, provider) {
        types.push(provider.queryNotificationType());
        return RQ_NOTIFICATION_CONTINUE;
      },
    }),
  });
  await (await fetch(url)).text();
  await isEmpty();
  assert.deepEqual(types, ['cart changed']);
});
