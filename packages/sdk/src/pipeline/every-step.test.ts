import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { REQUEST_NOTIFICATION_NAMES } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { HandlerResult, HttpModule } from './module.ts';
import { type HandlerName, STEPS } from './notification-facts.ts';
import { registering, servePipeline } from './testing/serve-pipeline.ts';

interface Place {
  readonly handler: HandlerName;
  readonly bit: number;
  readonly isPost: boolean;
  /** "RQ_BEGIN_REQUEST", "post RQ_BEGIN_REQUEST" as the log has it. */
  readonly step: RegExp;
}

const PLACES: readonly Place[] = STEPS.flatMap(({ bit, handler, postHandler }) => {
  const name = REQUEST_NOTIFICATION_NAMES.get(bit)!;
  return [
    { handler, bit, isPost: false, step: new RegExp(`\\b${name}\\b`) },
    { handler: postHandler, bit, isPost: true, step: new RegExp(`\\b${name}\\b.*post|post.*\\b${name}\\b`, 'i') },
  ];
});
const LINE = PLACES.flatMap(({ handler }) => (handler === 'onPostExecuteRequestHandler' ? ['app', handler] : [handler]));

/** One request past a module that does `act` at one place and hears everything else, and one behind it. */
async function pass(place: HandlerName, act: (context: HttpContext) => HandlerResult, more: HttpModule = {}, leftMs = 0) {
  const seen: string[] = [];
  const hear = (name: string) => () => {
    seen.push(name);
    return RQ_NOTIFICATION_CONTINUE;
  };
  const module: HttpModule = {
    ...Object.fromEntries(PLACES.map(({ handler }) => [handler, hear(handler)])),
    [place]: (context: HttpContext) => {
      seen.push(place);
      return act(context);
    },
    ...more,
  };
  const { url, log, isEmpty } = await servePipeline(
    { acting: registering(module) },
    {
      app(_req, res) {
        seen.push('app');
        res.end('app');
      },
      ...(leftMs > 0 && { options: () => ({ deadlineAtMs: Date.now() + leftMs }) }),
    },
  );
  const { status } = await fetch(url);
  await isEmpty();
  return { seen, status, log: log.map(({ message }) => message) };
}

suite('a completion of each handler, before and behind its PENDING, moves the request on once', () => {
  for (const { handler, bit, isPost } of PLACES)
    test(handler, async () => {
      for (const way of ['indicateCompletion', 'postCompletion'] as const)
        for (const when of ['before', 'behind'] as const) {
          const told: unknown[] = [];
          const complete = (context: HttpContext) =>
            way === 'indicateCompletion' ? context.indicateCompletion(RQ_NOTIFICATION_CONTINUE) : context.postCompletion(7, 2);
          const { seen, status, log } = await pass(
            handler,
            (context) => {
              if (when === 'before') complete(context);
              else setImmediate(complete, context);
              return RQ_NOTIFICATION_PENDING;
            },
            {
              onAsyncCompletion(_context, notification, post, _provider, info) {
                told.push([notification, post, info.getCompletionBytes(), info.getCompletionStatus()]);
                return RQ_NOTIFICATION_CONTINUE;
              },
            },
          );
          assert.deepEqual([seen, status, log], [LINE, 200, []], `${way} ${when}`);
          assert.deepEqual(told, way === 'postCompletion' ? [[bit, isPost, 7, 2]] : []);
        }
    });
});

test('a handler of each step that is PENDING for ever is ended by the deadline, and module and step are logged', async () => {
  const early = PLACES.filter(({ handler }) => !/LogRequest|EndRequest/.test(handler));
  await Promise.all(
    early.map(async ({ handler, step }) => {
      const { seen, status, log } = await pass(handler, () => RQ_NOTIFICATION_PENDING, {}, 300);
      const isBehindApp = LINE.indexOf(handler) > LINE.indexOf('app');
      assert.equal(status, isBehindApp ? 200 : 504, handler);
      const before = LINE.slice(0, LINE.indexOf(handler) + 1);
      assert.deepEqual(seen, [...before, 'onLogRequest', 'onPostLogRequest', 'onEndRequest', 'onPostEndRequest'], handler);
      assert.equal(log.length, 1, handler);
      assert.match(log[0]!, /Module "acting" left a request PENDING in .* beyond its deadline/);
      assert.match(log[0]!, step);
    }),
  );
});
