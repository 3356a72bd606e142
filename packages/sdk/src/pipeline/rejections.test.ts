import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RQ_BEGIN_REQUEST } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';
import type { HttpModule, ModuleFactory } from './module.ts';
import { type LogLine, makePipeline, registering, servePipeline } from './testing/serve-pipeline.ts';

/** One that is not caught anywhere would end this process, and the test with it. */
const rejected = async (): Promise<never> => {
  await sleep(1);
  throw new Error('too late');
};

const line = (log: readonly LogLine[]) => log.map(({ level, message, fields }) => `${level} ${message} ${fields.error ?? ''}`).join('\n');

async function until(log: readonly LogLine[], pattern: RegExp): Promise<void> {
  for (const endAtMs = Date.now() + 30_000; !pattern.test(line(log)); await sleep(2))
    if (Date.now() > endAtMs) assert.match(line(log), pattern);
}

suite('a promise where the original has no room for one ends no process', () => {
  test('dispose and cleanupStoredContext that are rejected are lines of the log, and the next request comes', async () => {
    const id = Symbol('id');
    const handlers: HttpModule = {
      onBeginRequest(context) {
        context.getModuleContextContainer().setModuleContext({ cleanupStoredContext: rejected }, id);
        context.getConnection().getModuleContextContainer().getModuleContext(id) ??
          context.getConnection().getModuleContextContainer().setModuleContext({ notifyDisconnect: rejected }, id);
        return RQ_NOTIFICATION_CONTINUE;
      },
      dispose: rejected,
    };
    const { url, log, isEmpty } = await servePipeline({ audit: registering(handlers) });
    for (let count = 0; count < 2; count++) {
      const response = await fetch(url, { headers: { connection: 'close' } });
      assert.deepEqual([response.status, await response.text()], [200, 'app']);
    }
    await isEmpty();
    await until(log, /error Module "audit" failed in dispose: too late/);
    await until(log, /error cleanupStoredContext of a stored context failed Error: too late/);
    await until(log, /error notifyDisconnect of a stored context failed Error: too late/);
  });

  test('a factory that answers a promise is a 500 that says so', async () => {
    const factory = { getHttpModule: rejected } as unknown as ModuleFactory;
    const { url, log, isEmpty } = await servePipeline({
      late: (info) => info.setRequestNotifications(factory, RQ_BEGIN_REQUEST, 0),
    });
    const response = await fetch(url, { headers: { connection: 'close' } });
    assert.equal(response.status, 500);
    await response.text();
    await isEmpty();
    await sleep(5);
    assert.match(line(log), /Module "late" failed in RQ_BEGIN_REQUEST: getHttpModule answers a module object at once; got a promise/);
  });

  test('terminate may be async: it is waited for, in the order of unloading, and one that is rejected keeps nobody else from it', async () => {
    const seen: string[] = [];
    const log: LogLine[] = [];
    const ending = (name: string, act: () => Promise<void>) => (info: Parameters<Parameters<typeof makePipeline>[0][string]>[0]) =>
      info.setRequestNotifications(
        {
          getHttpModule: () => ({}),
          terminate: async () => {
            seen.push(`${name} begins`);
            await act();
            seen.push(`${name} has ended`);
          },
        },
        RQ_BEGIN_REQUEST,
        0,
      );
    const pipeline = await makePipeline({ first: ending('first', () => sleep(5)), second: ending('second', rejected) }, log);
    pipeline.application.getModuleContextContainer().setModuleContext({ cleanupStoredContext: () => assert.fail('stuck') }, 'id');
    await pipeline.terminate();
    assert.deepEqual(seen, ['second begins', 'first begins', 'first has ended']);
    assert.match(line(log), /error Module "second" failed in terminate: too late/);
    assert.match(line(log), /error cleanupStoredContext of a stored context failed .*stuck/);
  });
});
