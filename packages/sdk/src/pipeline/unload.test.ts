import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GL_STOP_LISTENING } from '../constants/global-notifications.ts';
import { RQ_BEGIN_REQUEST } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';
import { startTestHost } from '../testing/index.ts';
import type { ModuleRegistrationInfo } from './registration-info.ts';
import { type LogLine, makePipeline, type Register } from './testing/serve-pipeline.ts';

const getHttpModule = () => ({ onBeginRequest: () => RQ_NOTIFICATION_CONTINUE });

/** Subscribes to everything there is, says so when it is unloaded, and goes on with `then`. */
function subscribing(seen: string[], name: string, then: () => void | Promise<void>): Register {
  return (info: ModuleRegistrationInfo) => {
    info.setRequestNotifications({ getHttpModule, terminate: () => void seen.push(`${name} factory`) }, RQ_BEGIN_REQUEST, 0);
    info.setGlobalNotifications({ terminate: () => void seen.push(`${name} global`) }, GL_STOP_LISTENING);
    return then();
  };
}

const fail = () => {
  throw new Error('no licence');
};

suite('a module whose registration fails behind its subscription', () => {
  for (const [how, then] of [
    ['throws', fail],
    ['rejects', async () => fail()],
  ] as const)
    test(`because it ${how}, is unloaded once, and the pipeline goes on without it`, async () => {
      const seen: string[] = [];
      const log: LogLine[] = [];
      const pipeline = await makePipeline({ before: subscribing(seen, 'before', () => {}) }, log);
      await assert.rejects(pipeline.register('failing', { registerModule: subscribed(seen, then) }), /Module "failing" refuses/);
      assert.deepEqual(seen, ['failing factory', 'failing global']);
      await pipeline.terminate();
      await pipeline.terminate();
      assert.deepEqual(seen, ['failing factory', 'failing global', 'before factory', 'before global']);
      assert.deepEqual(log, []);
    });

  test('is refused for its own reason, when its terminate fails too, which is logged', async () => {
    const log: LogLine[] = [];
    const pipeline = await makePipeline({}, log);
    const registerModule = (_version: number, info: ModuleRegistrationInfo) => {
      const terminate = () => {
        throw new Error('stuck');
      };
      info.setRequestNotifications({ getHttpModule, terminate }, RQ_BEGIN_REQUEST, 0);
      fail();
    };
    await assert.rejects(pipeline.register('failing', { registerModule }), /no licence/);
    assert.deepEqual(
      log.map(({ message, fields }) => [message, (fields.error as Error).message]),
      [['Module "failing" failed in terminate: stuck', 'stuck']],
    );
  });

  test('is waited for while it is unloaded', async () => {
    const seen: string[] = [];
    const pipeline = await makePipeline({}, []);
    const registerModule = (_version: number, info: ModuleRegistrationInfo) => {
      const terminate = async () => {
        await new Promise(setImmediate);
        seen.push('unloaded');
      };
      info.setRequestNotifications({ getHttpModule, terminate }, RQ_BEGIN_REQUEST, 0);
      fail();
    };
    await assert.rejects(pipeline.register('failing', { registerModule }), /no licence/);
    assert.deepEqual(seen, ['unloaded']);
  });

  test('before it, unloads nothing', async () => {
    const pipeline = await makePipeline({}, []);
    await assert.rejects(pipeline.register('failing', { registerModule: fail }), /no licence/);
    await pipeline.terminate();
  });

  test('unloads those before it when it keeps a test host from starting', async () => {
    const seen: string[] = [];
    const modules = {
      before: { registerModule: subscribed(seen, () => {}, 'before') },
      failing: { registerModule: subscribed(seen, fail) },
    };
    await assert.rejects(startTestHost({ modules }), /no licence/);
    assert.deepEqual(seen, ['failing factory', 'failing global', 'before factory', 'before global']);
  });
});

test('a module that is still being registered when the others are unloaded is unloaded behind its registration', async () => {
  const seen: string[] = [];
  const pipeline = await makePipeline({}, []);
  const { promise, resolve } = Promise.withResolvers<void>();
  const registering = pipeline.register('late', { registerModule: subscribed(seen, () => promise, 'late') });
  await pipeline.terminate();
  assert.deepEqual(seen, []);
  resolve();
  await registering;
  assert.deepEqual([seen, pipeline.isEmpty], [['late factory', 'late global'], true]);
});

test('one object that is factory and global module is told once', async () => {
  let told = 0;
  const both = { getHttpModule, terminate: () => void told++ };
  const pipeline = await makePipeline(
    {
      both: (info) => {
        info.setRequestNotifications(both, RQ_BEGIN_REQUEST, 0);
        info.setGlobalNotifications(both, GL_STOP_LISTENING);
      },
    },
    [],
  );
  await pipeline.terminate();
  assert.equal(told, 1);
});

function subscribed(seen: string[], then: () => void | Promise<void>, name = 'failing') {
  const register = subscribing(seen, name, then);
  return (_version: number, info: ModuleRegistrationInfo) => register(info);
}
