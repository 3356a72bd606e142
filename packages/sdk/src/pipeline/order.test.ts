import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  PRIORITY_ALIAS_FIRST,
  PRIORITY_ALIAS_HIGH,
  PRIORITY_ALIAS_LAST,
  PRIORITY_ALIAS_LOW,
  PRIORITY_ALIAS_MEDIUM,
  type PriorityAlias,
} from '../constants/priorities.ts';
import { RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';
import type { HttpModule } from './module.ts';
import { REQUEST_MASK, STEPS, UNSEQUENCED } from './notification-facts.ts';
import { type Register, registering, servePipeline } from './testing/serve-pipeline.ts';

const ALIASES = [PRIORITY_ALIAS_FIRST, PRIORITY_ALIAS_HIGH, PRIORITY_ALIAS_MEDIUM, PRIORITY_ALIAS_LOW, PRIORITY_ALIAS_LAST];

/** A module that says its name, and the handler, for everything there is to hear. */
function hearingAll(seen: string[], name: string): HttpModule {
  const module: Record<string, unknown> = {};
  for (const facts of [...STEPS, ...UNSEQUENCED])
    for (const handler of 'postHandler' in facts ? [facts.handler, facts.postHandler] : [facts.handler])
      module[handler] = () => {
        seen.push(`${handler} ${name}`);
        return RQ_NOTIFICATION_CONTINUE;
      };
  return module as HttpModule;
}

function withPriority(seen: string[], name: string, alias: PriorityAlias | undefined): Register {
  const setPriority = alias && ((info: Parameters<Register>[0]) => info.setPriorityForRequestNotification(REQUEST_MASK, alias));
  return registering(hearingAll(seen, name), undefined, setPriority);
}

/** What one request says: all, in order; the handlers out of sequence by themselves. */
async function listen(modules: (seen: string[]) => Record<string, Register>): Promise<{ steps: string[]; send: string[] }> {
  const seen: string[] = [];
  const { url, isEmpty } = await servePipeline(modules(seen));
  await (await fetch(url)).text();
  await isEmpty();
  const isStep = (line: string) =>
    STEPS.some(({ handler, postHandler }) => line.startsWith(`${handler} `) || line.startsWith(`${postHandler} `));
  return { steps: seen.filter(isStep), send: seen.filter((line) => line.startsWith('onSendResponse ')) };
}

suite('twelve steps, five priorities, handlers and post handlers', () => {
  const orders: readonly (readonly PriorityAlias[])[] = [ALIASES, ALIASES.toReversed(), ['LOW', 'FIRST', 'LAST', 'MEDIUM', 'HIGH']];
  for (const listed of orders)
    test(`listed as ${listed.join(', ')}, they hear as FIRST, HIGH, MEDIUM, LOW, LAST; of the response the other way round`, async () => {
      const { steps, send } = await listen((seen) => Object.fromEntries(listed.map((alias) => [alias, withPriority(seen, alias, alias)])));
      const expected = STEPS.flatMap(({ handler, postHandler }) => [
        ...ALIASES.map((alias) => `${handler} ${alias}`),
        ...ALIASES.map((alias) => `${postHandler} ${alias}`),
      ]);
      assert.equal(expected.length, 120);
      assert.deepEqual(steps, expected);
      assert.deepEqual(
        send.slice(0, 5),
        ALIASES.toReversed().map((alias) => `onSendResponse ${alias}`),
      );
    });
});

test('modules of one priority hear in the order of the list, of the response too', async () => {
  const { steps, send } = await listen((seen) => ({
    c: withPriority(seen, 'c', undefined),
    a: withPriority(seen, 'a', PRIORITY_ALIAS_MEDIUM),
    late: withPriority(seen, 'late', PRIORITY_ALIAS_LOW),
    b: withPriority(seen, 'b', undefined),
  }));
  assert.deepEqual(steps.slice(0, 4), ['onBeginRequest c', 'onBeginRequest a', 'onBeginRequest b', 'onBeginRequest late']);
  assert.deepEqual(send.slice(0, 4), ['onSendResponse late', 'onSendResponse c', 'onSendResponse a', 'onSendResponse b']);
});

test('a priority holds for the notifications it was set for, the others stay as they were', async () => {
  const { steps } = await listen((seen) => ({
    one: withPriority(seen, 'one', undefined),
    two: registering(hearingAll(seen, 'two'), undefined, (info) => {
      info.setPriorityForRequestNotification(0x1 | 0x400, PRIORITY_ALIAS_FIRST);
      info.setPriorityForRequestNotification(0x400, PRIORITY_ALIAS_LAST);
    }),
  }));
  assert.deepEqual(steps.slice(0, 6), [
    'onBeginRequest two',
    'onBeginRequest one',
    'onPostBeginRequest two',
    'onPostBeginRequest one',
    'onAuthenticateRequest one',
    'onAuthenticateRequest two',
  ]);
  assert.deepEqual(
    steps.filter((line) => line.startsWith('onLogRequest')),
    ['onLogRequest one', 'onLogRequest two'],
  );
});

test('the post handlers of EXECUTE_REQUEST_HANDLER come when the app has answered', async () => {
  const seen: string[] = [];
  const note = (what: string) => () => {
    seen.push(what);
    return RQ_NOTIFICATION_CONTINUE;
  };
  const { url, isEmpty } = await servePipeline(
    { audit: registering({ onExecuteRequestHandler: note('execute'), onPostExecuteRequestHandler: note('post') }) },
    {
      app(_req, res) {
        seen.push('app');
        setImmediate(() => {
          seen.push('app ends');
          res.end();
        });
      },
    },
  );
  await (await fetch(url)).text();
  await isEmpty();
  assert.deepEqual(seen, ['execute', 'app', 'app ends', 'post']);
});
