import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  GL_APPLICATION_START,
  GL_HEALTH_CHECK,
  GL_NOTIFICATION_CONTINUE,
  GL_NOTIFICATION_HANDLED,
  GL_PRE_BEGIN_REQUEST,
  GL_STOP_LISTENING,
} from '../constants/global-notifications.ts';
import type { PriorityAlias } from '../constants/priorities.ts';
import { GLOBAL_HANDLERS, GLOBAL_MASK } from './global-facts.ts';
import type { GlobalModule } from './global-module.ts';
import { type LogLine, makePipeline, type Register, servePipeline } from './testing/serve-pipeline.ts';

const globally =
  (module: GlobalModule, mask = GLOBAL_MASK, priority?: PriorityAlias): Register =>
  (info) => {
    info.setGlobalNotifications(module, mask);
    if (priority) info.setPriorityForGlobalNotification(mask, priority);
  };

suite('each global notification', () => {
  for (const [bit, handler] of GLOBAL_HANDLERS)
    test(`${handler} hears of its own alone, with what it brings`, async () => {
      const heard: unknown[] = [];
      const module: GlobalModule = Object.fromEntries(
        [...GLOBAL_HANDLERS.values()].map((name) => [
          name,
          (provider: object) => {
            heard.push([name, provider]);
            return GL_NOTIFICATION_CONTINUE;
          },
        ]),
      );
      const pipeline = await makePipeline({ m: globally(module) }, []);
      const provider = {};
      assert.equal(pipeline.raiseGlobal(bit, provider), GL_NOTIFICATION_CONTINUE);
      assert.deepEqual(heard, [[handler, provider]]);
    });
});

test('modules hear by priority, FIRST first, and HANDLED ends the chain', async () => {
  const heard: string[] = [];
  const hearing = (name: string, answer: 0 | 1 = GL_NOTIFICATION_CONTINUE) => ({
    onGlobalStopListening({ drainRequestsGracefully }: { drainRequestsGracefully: boolean }) {
      heard.push(`${name} ${drainRequestsGracefully}`);
      return answer;
    },
  });
  const pipeline = await makePipeline(
    {
      last: globally(hearing('last'), GL_STOP_LISTENING, 'LAST'),
      a: globally(hearing('a'), GL_STOP_LISTENING),
      b: globally(hearing('b', GL_NOTIFICATION_HANDLED), GL_STOP_LISTENING),
      first: globally(hearing('first'), GL_STOP_LISTENING, 'FIRST'),
    },
    [],
  );
  assert.equal(pipeline.raiseGlobal(GL_STOP_LISTENING, { drainRequestsGracefully: true }), GL_NOTIFICATION_HANDLED);
  assert.deepEqual(heard, ['first true', 'a true', 'b true']);
});

test('a handler that throws, promises, answers otherwise or is not there is logged, and counts as CONTINUE', async () => {
  const log: LogLine[] = [];
  let isHeard = false;
  const pipeline = await makePipeline(
    {
      throwing: globally({
        onGlobalHealthCheck() {
          throw new Error('ill');
        },
      }),
      promising: globally({ onGlobalHealthCheck: (async () => Promise.reject(new Error('later'))) as never }),
      silent: globally({ onGlobalHealthCheck: (() => {}) as never }),
      absent: globally({}),
      well: globally({
        onGlobalHealthCheck() {
          isHeard = true;
          return GL_NOTIFICATION_HANDLED;
        },
      }),
    },
    log,
  );
  assert.equal(pipeline.raiseGlobal(GL_HEALTH_CHECK, {}), GL_NOTIFICATION_HANDLED);
  assert.ok(isHeard);
  assert.deepEqual(
    log.map(({ level, fields }) => [level, fields.module, fields.step]),
    ['throwing', 'promising', 'silent', 'absent'].map((module) => ['error', module, 'GL_HEALTH_CHECK']),
  );
  assert.match(log[1]!.message, /answers GL_NOTIFICATION_CONTINUE \(0\) or GL_NOTIFICATION_HANDLED \(1\), at once; got a promise/);
  assert.match(log[3]!.message, /no method onGlobalHealthCheck/);
});

test('what is no global notification is refused', async () => {
  const pipeline = await makePipeline({}, []);
  for (const bit of [0, 1, GL_HEALTH_CHECK | GL_APPLICATION_START, 0x8000_0000])
    assert.throws(() => pipeline.raiseGlobal(bit, {}), { code: 'ERROR_INVALID_PARAMETER' });
});

test('a module of global events alone lets requests pass as they are, unless it wants to hear of each', async () => {
  const quiet = await makePipeline({ m: globally({}, GL_HEALTH_CHECK) }, []);
  assert.ok(quiet.isEmpty);
  const contexts: unknown[] = [];
  const { pipeline, url } = await servePipeline({
    m: globally(
      {
        onGlobalPreBeginRequest(provider) {
          contexts.push((provider as { getHttpContext(): unknown }).getHttpContext());
          return GL_NOTIFICATION_CONTINUE;
        },
      },
      GL_PRE_BEGIN_REQUEST,
    ),
  });
  assert.ok(!pipeline.isEmpty);
  assert.equal(await (await fetch(url)).text(), 'app');
  assert.equal(contexts.length, 1);
});
