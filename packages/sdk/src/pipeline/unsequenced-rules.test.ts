import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  PRIORITY_ALIAS_FIRST,
  PRIORITY_ALIAS_HIGH,
  PRIORITY_ALIAS_LAST,
  PRIORITY_ALIAS_LOW,
  PRIORITY_ALIAS_MEDIUM,
} from '../constants/priorities.ts';
import { REQUEST_NOTIFICATION_NAMES, RQ_SEND_RESPONSE } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { HandlerResult, HttpModule } from './module.ts';
import { type NotificationFacts, UNSEQUENCED } from './notification-facts.ts';
import type { RequestRun } from './request-run.ts';
import { type Register, registering, servePipeline } from './testing/serve-pipeline.ts';

const ALIASES = [PRIORITY_ALIAS_FIRST, PRIORITY_ALIAS_HIGH, PRIORITY_ALIAS_MEDIUM, PRIORITY_ALIAS_LOW, PRIORITY_ALIAS_LAST];
const PROVIDER = { getHeadersBeingSent: () => true };

/** Raises one of the five while the app has the request; what came of it. `calls`: how often it was raised by `use`. */
async function whileInApp(modules: Record<string, Register>, use: (run: RequestRun) => void | Promise<void>) {
  const seen: string[] = [];
  const note = (what: string) => () => {
    seen.push(what);
    return RQ_NOTIFICATION_CONTINUE;
  };
  const called = Promise.withResolvers<() => void>();
  const audit = registering({
    onPostExecuteRequestHandler: note('post'),
    onReleaseRequestState: note('release'),
    onLogRequest: note('log'),
    onEndRequest: note('end'),
  });
  const { url, pipeline, log, isEmpty } = await servePipeline(
    { ...modules, audit },
    { app: (_req, res) => called.resolve(() => res.end('app')) },
  );
  const answer = fetch(url).then(
    (response) => response.status,
    () => 0,
  );
  const end = await called.promise;
  const [run] = pipeline.current;
  await use(run!);
  end();
  const status = await answer;
  await isEmpty();
  return { seen, status, log: log.map(({ message }) => message) };
}

const hearing = ({ handler }: NotificationFacts, act: (context: HttpContext) => HandlerResult): HttpModule => ({ [handler]: act });

suite('of each notification out of sequence', () => {
  for (const facts of UNSEQUENCED) {
    const name = REQUEST_NOTIFICATION_NAMES.get(facts.bit)!;
    const isInverted = facts.bit === RQ_SEND_RESPONSE;

    test(`${name}: modules hear ${isInverted ? 'from LAST to FIRST' : 'from FIRST to LAST'}`, async () => {
      const heard: string[] = [];
      const modules = ALIASES.toSorted().map((alias): [string, Register] => [
        alias,
        registering(
          hearing(facts, () => {
            heard.push(alias);
            return RQ_NOTIFICATION_CONTINUE;
          }),
          undefined,
          (info) => info.setPriorityForRequestNotification(facts.bit, alias),
        ),
      ]);
      await whileInApp(Object.fromEntries(modules), (run) => void run.raise(facts.bit, PROVIDER, () => assert.fail('it was not PENDING')));
      assert.deepEqual(heard.slice(0, 5), isInverted ? ALIASES.toReversed() : ALIASES);
    });

    for (const [how, finish] of [
      ['at once', () => RQ_NOTIFICATION_FINISH_REQUEST],
      ['by a promise', async () => RQ_NOTIFICATION_FINISH_REQUEST],
    ] as const)
      test(`${name}: FINISH_REQUEST ${how} keeps it from the others, and LOG_REQUEST and END_REQUEST follow the app`, async () => {
        const heard: string[] = [];
        const act = (who: string, answer: () => HandlerResult) =>
          registering(
            hearing(facts, () => {
              heard.push(who);
              return answer();
            }),
          );
        const done = Promise.withResolvers<number>();
        const { seen } = await whileInApp(
          { first: act('first', finish), second: act('second', () => RQ_NOTIFICATION_CONTINUE) },
          async (run) => {
            const status = run.raise(facts.bit, PROVIDER, done.resolve);
            if (status !== RQ_NOTIFICATION_PENDING) done.resolve(status);
            assert.equal(await done.promise, RQ_NOTIFICATION_FINISH_REQUEST);
          },
        );
        assert.equal(heard[0], 'first');
        assert.ok(!heard.includes('second'), String(heard));
        assert.deepEqual(seen, ['log', 'end']);
      });

    for (const [how, fail] of [
      ['throws', () => assert.fail('broken')],
      ['rejects', async () => assert.fail('broken')],
      ['answers nothing', () => undefined as never],
    ] as const)
      test(`${name}: a module that ${how} is a 500, is named, and LOG_REQUEST and END_REQUEST run`, async () => {
        const { seen, status, log } = await whileInApp({ faulty: registering(hearing(facts, fail)) }, async (run) => {
          const done = Promise.withResolvers<number>();
          const answer = run.raise(facts.bit, PROVIDER, done.resolve);
          if (answer !== RQ_NOTIFICATION_PENDING) done.resolve(answer);
          await done.promise;
        });
        assert.deepEqual([seen, status], [['log', 'end'], 500]);
        assert.equal(log.length, 1);
        assert.match(log[0]!, new RegExp(`Module "faulty" failed in ${name}: `));
      });

    for (const when of ['before', 'behind'] as const)
      for (const way of ['indicateCompletion', 'postCompletion'] as const)
        test(`${name}: ${way} ${when} PENDING is returned completes it once`, async () => {
          let turns = 0;
          const complete = (context: HttpContext) =>
            way === 'indicateCompletion' ? context.indicateCompletion(RQ_NOTIFICATION_CONTINUE) : context.postCompletion(3);
          const module: HttpModule = {
            ...hearing(facts, (context) => {
              turns++;
              if (when === 'before') complete(context);
              else setImmediate(complete, context);
              return RQ_NOTIFICATION_PENDING;
            }),
            onAsyncCompletion(_context, notification, isPost, _provider, info) {
              assert.deepEqual([notification, isPost, info.getCompletionBytes()], [facts.bit, false, 3]);
              return RQ_NOTIFICATION_CONTINUE;
            },
          };
          const ends: number[] = [];
          const { seen, status, log } = await whileInApp({ waiting: registering(module) }, async (run) => {
            const done = Promise.withResolvers<void>();
            const answer = run.raise(facts.bit, PROVIDER, (ended) => {
              ends.push(ended);
              done.resolve();
            });
            if (answer === RQ_NOTIFICATION_PENDING) await done.promise;
            else ends.push(answer);
            assert.equal(turns, 1);
          });
          assert.deepEqual([ends, seen, status, log], [[RQ_NOTIFICATION_CONTINUE], ['post', 'release', 'log', 'end'], 200, []]);
        });
  }
});
