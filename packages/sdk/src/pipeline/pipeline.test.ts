import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { HttpModule } from './module.ts';
import { registering, servePipeline } from './testing/serve-pipeline.ts';

/** A module that notes what it hears, and its disposal. */
function noting(seen: string[], name: string, handlers: readonly (keyof HttpModule)[]): HttpModule {
  const module: Record<string, unknown> = { dispose: () => seen.push(`${name} dispose`) };
  for (const handler of handlers)
    module[handler] = () => {
      seen.push(`${name} ${handler}`);
      return RQ_NOTIFICATION_CONTINUE;
    };
  return module as HttpModule;
}

test('an app with modules around it answers as it does without, and the modules see it begin, be logged and end', async () => {
  const seen: string[] = [];
  const { url, log, pipeline, isEmpty } = await servePipeline({
    audit: registering(noting(seen, 'audit', ['onBeginRequest', 'onLogRequest', 'onPostEndRequest'])),
  });
  const answer = await fetch(url);
  assert.equal(await answer.text(), 'app');
  await isEmpty();
  assert.deepEqual(seen, ['audit onBeginRequest', 'audit onLogRequest', 'audit onPostEndRequest', 'audit dispose']);
  assert.deepEqual(log, []);
  assert.equal(pipeline.current.size, 0);
});

test('a module that finishes in BEGIN_REQUEST answers in place of the app', async () => {
  let calls = 0;
  const { url, isEmpty } = await servePipeline(
    {
      gate: registering({
        onBeginRequest(context) {
          context.getResponse().setStatus(403, 'Forbidden');
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      }),
    },
    { app: () => calls++ },
  );
  assert.equal((await fetch(url)).status, 403);
  await isEmpty();
  assert.equal(calls, 0);
});

test('a module that handles the request leaves the app out, and the steps go on', async () => {
  const seen: string[] = [];
  const { url, isEmpty } = await servePipeline(
    {
      files: registering({
        onExecuteRequestHandler(context) {
          context.getResponse().writeEntityChunks(Buffer.from('from the module'));
          context.setRequestHandled();
          return RQ_NOTIFICATION_CONTINUE;
        },
        onReleaseRequestState: () => {
          seen.push('release');
          return RQ_NOTIFICATION_CONTINUE;
        },
      }),
    },
    { app: () => seen.push('app') },
  );
  assert.equal(await (await fetch(url)).text(), 'from the module');
  await isEmpty();
  assert.deepEqual(seen, ['release']);
});

suite('module objects', () => {
  test('one is made for a request when it first hears of something, and disposed at its end, the last one first', async () => {
    const seen: string[] = [];
    const made: string[] = [];
    const counting = (name: string, handlers: readonly (keyof HttpModule)[]) =>
      registering(noting(seen, name, handlers), () => made.push(name));
    const { url, isEmpty } = await servePipeline({
      late: counting('late', ['onLogRequest']),
      early: counting('early', ['onBeginRequest', 'onLogRequest', 'onEndRequest']),
      never: counting('never', ['onCustomRequestNotification']),
    });
    await (await fetch(url)).text();
    await isEmpty();
    assert.deepEqual(made, ['early', 'late']);
    assert.deepEqual(seen, [
      'early onBeginRequest',
      'late onLogRequest',
      'early onLogRequest',
      'early onEndRequest',
      'late dispose',
      'early dispose',
    ]);
  });

  test('two requests at a time have an object each', async () => {
    const objects = new Set<unknown>();
    const gate = Promise.withResolvers<void>();
    const { url } = await servePipeline({
      meter: registering({
        async onBeginRequest() {
          objects.add(this);
          if (objects.size === 2) gate.resolve();
          await gate.promise;
          return RQ_NOTIFICATION_CONTINUE;
        },
      }),
    });
    await Promise.all([fetch(url), fetch(url)].map(async (answer) => (await answer).text()));
    assert.equal(objects.size, 2);
  });

  test('they are disposed once when the client has left, and the app that was not called yet is not called', async () => {
    const seen: string[] = [];
    const held = Promise.withResolvers<HttpContext>();
    const { url, isEmpty } = await servePipeline(
      {
        slow: registering({
          ...noting(seen, 'slow', ['onLogRequest', 'onEndRequest']),
          onBeginRequest(context) {
            held.resolve(context);
            return RQ_NOTIFICATION_PENDING;
          },
        }),
      },
      { app: () => seen.push('app') },
    );
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const context = await held.promise;
    client.destroy();
    const res = context.getResponse().getRawHttpResponse();
    if (!res.closed) await new Promise((resolve) => res.once('close', resolve));
    context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    await isEmpty();
    assert.deepEqual(seen, ['slow onLogRequest', 'slow onEndRequest', 'slow dispose']);
  });

  test('they are disposed once when the client leaves in the midst of the app', async () => {
    const seen: string[] = [];
    const called = Promise.withResolvers<void>();
    const { url, isEmpty } = await servePipeline(
      { audit: registering(noting(seen, 'audit', ['onBeginRequest', 'onLogRequest'])) },
      { app: () => called.resolve() },
    );
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await called.promise;
    client.destroy();
    await isEmpty();
    assert.deepEqual(seen, ['audit onBeginRequest', 'audit onLogRequest', 'audit dispose']);
  });

  test('a dispose that throws keeps nobody else from his', async () => {
    const seen: string[] = [];
    const { url, log, isEmpty } = await servePipeline({
      first: registering(noting(seen, 'first', ['onBeginRequest'])),
      broken: registering({
        ...noting(seen, 'broken', ['onBeginRequest']),
        dispose() {
          throw new Error('cannot');
        },
      }),
    });
    await (await fetch(url)).text();
    await isEmpty();
    assert.deepEqual(seen.at(-1), 'first dispose');
    assert.match(log[0]!.message, /Module "broken" failed in dispose: cannot/);
  });
});

test('a module that disables its notifications hears no more of them in this request, and others do', async () => {
  const seen: string[] = [];
  const { url, isEmpty } = await servePipeline({
    once: registering({
      ...noting(seen, 'once', ['onPostBeginRequest', 'onLogRequest', 'onEndRequest']),
      onBeginRequest(context) {
        // RQ_BEGIN_REQUEST after itself, RQ_LOG_REQUEST
        context.disableNotifications(0x400, 0x1);
        return RQ_NOTIFICATION_CONTINUE;
      },
      dispose() {},
    }),
    other: registering({ ...noting(seen, 'other', ['onLogRequest']), dispose() {} }),
  });
  await (await fetch(url)).text();
  await isEmpty();
  assert.deepEqual(seen, ['other onLogRequest', 'once onEndRequest']);
});

test('notifications out of sequence cannot be disabled', async () => {
  const { url, log } = await servePipeline({
    odd: registering({
      onBeginRequest(context) {
        context.disableNotifications(0x2000_0000, 0);
        return RQ_NOTIFICATION_CONTINUE;
      },
    }),
  });
  assert.equal((await fetch(url)).status, 500);
  assert.match(log[0]!.message, /Module "odd" failed in RQ_BEGIN_REQUEST: notifications is a mask .* 0x20000000 is none of them/);
});

test('where a request is can be read while it is there', async () => {
  const begun = Promise.withResolvers<HttpContext>();
  const inApp = Promise.withResolvers<() => void>();
  const { url, pipeline, isEmpty } = await servePipeline(
    {
      slow: registering({
        onAuthorizeRequest(context) {
          begun.resolve(context);
          return RQ_NOTIFICATION_PENDING;
        },
      }),
    },
    { app: (_req, res) => inApp.resolve(() => res.end()) },
  );
  const answer = fetch(url);
  const context = await begun.promise;
  const [run] = pipeline.current;
  const stats = run!.executionStats;
  assert.deepEqual(
    [stats.notification, stats.module, stats.asyncNotification, context.getCurrentExecutionStats()],
    [0x4, 'slow', 0x4, stats],
  );
  assert.ok(stats.asyncStartedAtMs >= stats.moduleStartedAtMs && stats.moduleStartedAtMs >= stats.notificationStartedAtMs);
  context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
  const endApp = await inApp.promise;
  const { notification, module, asyncNotification } = run!.executionStats;
  assert.deepEqual([notification, module, asyncNotification], [0x80, '', 0]);
  endApp();
  await (await answer).text();
  await isEmpty();
});

test('a module sees one context for all of its request, and it is its own root', async () => {
  const contexts = new Set<HttpContext>();
  let isRoot = false;
  const { url, isEmpty } = await servePipeline({
    keeper: registering({
      onBeginRequest(context) {
        contexts.add(context);
        return RQ_NOTIFICATION_CONTINUE;
      },
      onLogRequest(context) {
        contexts.add(context);
        isRoot = context.getRootContext() === context;
        return RQ_NOTIFICATION_CONTINUE;
      },
    }),
  });
  await (await fetch(url)).text();
  await isEmpty();
  assert.equal(contexts.size, 1);
  assert.ok(isRoot);
});

test('getIsLastNotification tells whether a handler, or the app, follows in the step', async () => {
  const answers: boolean[] = [];
  const asking: HttpModule = {
    onBeginRequest(context) {
      answers.push(context.getIsLastNotification(RQ_NOTIFICATION_CONTINUE), context.getIsLastNotification(RQ_NOTIFICATION_FINISH_REQUEST));
      return RQ_NOTIFICATION_CONTINUE;
    },
    onExecuteRequestHandler(context) {
      answers.push(context.getIsLastNotification(RQ_NOTIFICATION_CONTINUE));
      return RQ_NOTIFICATION_CONTINUE;
    },
  };
  const { url } = await servePipeline({ one: registering(asking), two: registering(asking) });
  await (await fetch(url)).text();
  assert.deepEqual(answers, [false, true, true, true, false, false]);
});

test('an error that the app throws is an uncaught one of the app, and no module is blamed', async () => {
  const { url, log } = await servePipeline(
    { audit: registering({ onBeginRequest: () => RQ_NOTIFICATION_CONTINUE }) },
    {
      app: (_req, res) => {
        process.setUncaughtExceptionCaptureCallback((error) => {
          process.setUncaughtExceptionCaptureCallback(null);
          res.end(error.message);
        });
        throw new Error('of the app');
      },
    },
  );
  assert.equal(await (await fetch(url)).text(), 'of the app');
  assert.deepEqual(log, []);
});
