import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import { HostError } from '../errors/host-error.ts';
import type { HandlerResult, HttpModule } from './module.ts';
import { type LogLine, registering, servePipeline } from './testing/serve-pipeline.ts';

const ASKED: readonly (readonly [name: string, handler: keyof HttpModule, ask: (context: HttpContext) => unknown])[] = [
  ['mapPath', 'onMapPath', (context) => context.mapPath('/a')],
  ['notifyCustomNotification', 'onCustomRequestNotification', (context) => context.notifyCustomNotification('mine')],
];

async function hear(log: readonly LogLine[], pattern: RegExp): Promise<void> {
  for (const endAtMs = Date.now() + 30_000; !log.some(({ message }) => pattern.test(message)); await sleep(2))
    if (Date.now() > endAtMs) assert.fail(log.map(({ message }) => message).join('\n'));
}

/** One module asks, another is PENDING in the answer; there is no deadline that would end it. */
async function run(handler: keyof HttpModule, ask: (context: HttpContext) => unknown, pend: (context: HttpContext) => HandlerResult) {
  let error: unknown;
  const asking = registering({
    onBeginRequest(context) {
      try {
        ask(context);
      } catch (caught) {
        error = caught;
      }
      return RQ_NOTIFICATION_CONTINUE;
    },
  });
  const { url, log, isEmpty } = await servePipeline({ asking, answering: registering({ [handler]: pend }) });
  const response = await fetch(url, { headers: { connection: 'close' } });
  assert.deepEqual([response.status, await response.text()], [200, 'app']);
  await isEmpty();
  assert.ok(HostError.is(error, 'ERROR_NOT_SUPPORTED'), String(error));
  return log;
}

suite('a handler that is PENDING where its caller cannot wait', () => {
  for (const [name, handler, ask] of ASKED) {
    test(`keeps no request after ${name}, and a completion of it comes too late`, async () => {
      let late: HttpContext | undefined;
      const log = await run(handler, ask, (context) => {
        late = context;
        return RQ_NOTIFICATION_PENDING;
      });
      late!.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
      await hear(log, /"answering" completed a request that had gone on without it/);
      assert.throws(
        () => late!.indicateCompletion(RQ_NOTIFICATION_CONTINUE),
        (error) => HostError.is(error, 'ERROR_INVALID_STATE'),
      );
    });

    test(`keeps none after ${name} as a promise either, and its rejection is a line of the log`, async () => {
      const log = await run(handler, ask, async () => {
        await sleep(20);
        throw new Error('too late');
      });
      await hear(log, /"answering" failed when its request had gone on without it: too late/);
    });
  }

  test('a module that completes by postCompletion and has nowhere to go on is told what to do', async () => {
    const { url, log, isEmpty } = await servePipeline({
      posting: registering({
        onBeginRequest(context) {
          context.postCompletion();
          return RQ_NOTIFICATION_PENDING;
        },
      }),
    });
    const response = await fetch(url, { headers: { connection: 'close' } });
    assert.equal(response.status, 500);
    await response.text();
    await isEmpty();
    await hear(log, /called postCompletion and has no method onAsyncCompletion.*indicateCompletion/);
  });
});
