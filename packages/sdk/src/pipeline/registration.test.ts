import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RQ_BEGIN_REQUEST, RQ_LOG_REQUEST, RQ_MAP_PATH, RQ_SEND_RESPONSE } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';
import type { HttpServer } from '../server/http-server.ts';
import { loadModule, SERVER_VERSION } from './load-module.ts';
import type { ModuleRegistrationInfo } from './registration-info.ts';
import { type LogLine, makePipeline, servePipeline } from './testing/serve-pipeline.ts';

const server = {} as HttpServer;
const log = () => assert.fail('nothing is logged');
const factory = { getHttpModule: () => ({}) };

/** What `use` throws while a module registers itself. */
async function refusalOf(use: (info: ModuleRegistrationInfo) => void): Promise<{ code?: string; message: string }> {
  const { cause } = (await loadModule(
    'audit',
    { registerModule: (_version: number, info: ModuleRegistrationInfo) => use(info) },
    server,
    log,
  ).then(
    () => assert.fail('it was not refused'),
    (error: Error) => error,
  )) as Error;
  return cause as { code?: string; message: string };
}

suite('registerModule', () => {
  test('gets the version, its registration and the server, as a named export or one of the default export', async () => {
    const got: unknown[] = [];
    const registerModule = (...values: unknown[]) => void got.push(values);
    const registration = await loadModule('a', { registerModule }, server, log);
    await loadModule('b', { default: { registerModule } }, server, log);
    await loadModule('transpiled', { default: { default: { registerModule } } }, server, log);
    assert.deepEqual(got[0], [SERVER_VERSION, registration, server]);
    assert.equal(got.length, 3);
    assert.equal(registration.getName(), 'a');
    assert.equal(registration.getId().description, 'a');
  });

  test('that is not there is refused by the name of the module', async () => {
    for (const exported of [undefined, null, {}, { registerModule: 1 }, { default: null }])
      await assert.rejects(loadModule('audit', exported, server, log), {
        code: 'ERROR_NOT_FOUND',
        message: /^Module "audit" exports no function/,
      });
  });

  test('that throws, or rejects, refuses the module by name and keeps the cause', async () => {
    const cause = new Error('no licence');
    const throwing = () => {
      throw cause;
    };
    for (const registerModule of [throwing, () => Promise.reject(cause)])
      await assert.rejects(loadModule('audit', { registerModule }, server, log), {
        code: 'E_FAIL',
        message: 'Module "audit" refuses to be loaded: no licence',
        cause,
      });
  });

  test('that is asynchronous is waited for, and a module that fails takes no part', async () => {
    const log: LogLine[] = [];
    const subscribe = (info: ModuleRegistrationInfo) => info.setRequestNotifications(factory, RQ_BEGIN_REQUEST, 0);
    const pipeline = await makePipeline({}, log);
    assert.ok(pipeline.isEmpty);
    await assert.rejects(
      pipeline.register('broken', {
        async registerModule(_version: number, info: ModuleRegistrationInfo) {
          subscribe(info);
          await null;
          throw new Error('late');
        },
      }),
      /Module "broken" refuses to be loaded: late/,
    );
    assert.ok(pipeline.isEmpty);
    await pipeline.register('slow', {
      async registerModule(_version: number, info: ModuleRegistrationInfo) {
        await new Promise(setImmediate);
        subscribe(info);
      },
    });
    assert.ok(!pipeline.isEmpty);
  });

  test('cannot be continued later', async () => {
    const kept: ModuleRegistrationInfo = await loadModule('audit', { registerModule() {} }, server, log);
    for (const use of [
      () => kept.setRequestNotifications(factory, RQ_BEGIN_REQUEST, 0),
      () => kept.setGlobalNotifications({}, 2),
      () => kept.setPriorityForRequestNotification(RQ_BEGIN_REQUEST, 'LOW'),
      () => kept.setPriorityForGlobalNotification(2, 'LOW'),
    ])
      assert.throws(use, { code: 'ERROR_INVALID_STATE', message: /belongs into registerModule, which has ended for module "audit"/ });
  });
});

suite('a registration is refused', () => {
  const rows: readonly [string, (info: ModuleRegistrationInfo) => void, string, RegExp][] = [
    [
      'a second time for requests',
      (info) => {
        info.setRequestNotifications(factory, RQ_BEGIN_REQUEST, 0);
        info.setRequestNotifications(factory, RQ_LOG_REQUEST, 0);
      },
      'ERROR_ALREADY_EXISTS',
      /"audit" has called setRequestNotifications before/,
    ],
    [
      'a second time for global events',
      (info) => {
        info.setGlobalNotifications({}, 0x2);
        info.setGlobalNotifications({}, 0x20);
      },
      'ERROR_ALREADY_EXISTS',
      /setGlobalNotifications before/,
    ],
    [
      'with a bit that is none',
      (info) => info.setRequestNotifications(factory, 0x1001, 0),
      'ERROR_INVALID_PARAMETER',
      /0x00001000 is none of them/,
    ],
    ['with a post bit that is none', (info) => info.setRequestNotifications(factory, 1, 0x2000), 'ERROR_INVALID_PARAMETER', /0x00002000/],
    [
      'with a post notification of one out of sequence',
      (info) => info.setRequestNotifications(factory, RQ_SEND_RESPONSE, RQ_SEND_RESPONSE),
      'ERROR_INVALID_PARAMETER',
      /postRequestNotifications is a mask of RQ_ notifications of the twelve steps; 0x20000000/,
    ],
    ['with nothing to hear', (info) => info.setRequestNotifications(factory, 0, 0), 'ERROR_INVALID_PARAMETER', /at least one/],
    ['with a mask that is no number', (info) => info.setRequestNotifications(factory, '1' as never, 0), 'ERROR_INVALID_PARAMETER', /got 1/],
    ['with a mask of 33 bits', (info) => info.setRequestNotifications(factory, 2 ** 32, 0), 'ERROR_INVALID_PARAMETER', /got 4294967296/],
    [
      'without a factory',
      (info) => info.setRequestNotifications(null as never, 1, 0),
      'ERROR_INVALID_PARAMETER',
      /getHttpModule; got null/,
    ],
    ['with a global bit that is none', (info) => info.setGlobalNotifications({}, 0x8), 'ERROR_INVALID_PARAMETER', /0x00000008/],
    ['with no global event', (info) => info.setGlobalNotifications({}, 0), 'ERROR_INVALID_PARAMETER', /at least one/],
    ['without a global module', (info) => info.setGlobalNotifications(1 as never, 2), 'ERROR_INVALID_PARAMETER', /got number/],
    [
      'with a priority that is none',
      (info) => info.setPriorityForRequestNotification(1, 'HIGHEST' as never),
      'ERROR_INVALID_PARAMETER',
      /one of FIRST, HIGH, MEDIUM, LOW, LAST; got HIGHEST/,
    ],
    [
      'with a global priority that is none',
      (info) => info.setPriorityForGlobalNotification(2, 1 as never),
      'ERROR_INVALID_PARAMETER',
      /FIRST, HIGH/,
    ],
  ];
  for (const [title, use, code, message] of rows)
    test(title, async () => {
      const refusal = await refusalOf(use);
      assert.equal(refusal.code, code);
      assert.match(refusal.message, message);
    });

  test('not for a mask that "|" has made negative', async () => {
    const mask = RQ_MAP_PATH | RQ_BEGIN_REQUEST;
    assert.ok(mask < 0);
    const registration = await loadModule(
      'paths',
      { registerModule: (_version: number, info: ModuleRegistrationInfo) => info.setRequestNotifications(factory, mask, 0) },
      server,
      log,
    );
    assert.equal(registration.requestMask, 0x8000_0001);
  });
});

suite('a module without what it subscribed to', () => {
  test('is told of all that it lacks at its first request, which fails', async () => {
    const { url, log } = await servePipeline({
      audit: (info) => info.setRequestNotifications({ getHttpModule: () => ({}) }, RQ_BEGIN_REQUEST | RQ_SEND_RESPONSE, RQ_LOG_REQUEST),
    });
    assert.equal((await fetch(url)).status, 500);
    assert.equal(log.length, 1);
    assert.match(
      log[0]!.message,
      /^Module "audit" failed in RQ_BEGIN_REQUEST: .*no method: onBeginRequest, onSendResponse, onPostLogRequest\./,
    );
  });

  test('is found out too when only one of its objects lacks it', async () => {
    let count = 0;
    const { url, log } = await servePipeline({
      moody: (info) =>
        info.setRequestNotifications(
          { getHttpModule: () => (count++ === 0 ? { onBeginRequest: () => RQ_NOTIFICATION_CONTINUE } : {}) },
          RQ_BEGIN_REQUEST,
          0,
        ),
    });
    assert.equal((await fetch(url)).status, 200);
    assert.equal((await fetch(url)).status, 500);
    assert.match(log[0]!.message, /onBeginRequest/);
  });

  test('or whose factory makes none, fails the request; its other handlers are not asked for it again', async () => {
    let asked = 0;
    const { url, log, isEmpty } = await servePipeline({
      none: (info) =>
        info.setRequestNotifications(
          {
            getHttpModule() {
              asked++;
              return undefined as never;
            },
          },
          RQ_BEGIN_REQUEST | RQ_LOG_REQUEST,
          0,
        ),
    });
    assert.equal((await fetch(url)).status, 500);
    await isEmpty();
    assert.equal(asked, 1);
    assert.match(log[0]!.message, /getHttpModule answers a module object for the request; got undefined/);
  });
});

test('modules are unloaded in the reverse of their order, once; one that throws keeps nobody else from it', async () => {
  const seen: string[] = [];
  const log: LogLine[] = [];
  const ending = (name: string, error?: Error) => (info: ModuleRegistrationInfo) => {
    info.setRequestNotifications({ ...factory, terminate: () => void seen.push(`${name} factory`) }, 1, 0);
    info.setGlobalNotifications(
      {
        terminate() {
          seen.push(`${name} global`);
          if (error) throw error;
        },
      },
      2,
    );
  };
  const pipeline = await makePipeline({ a: ending('a'), b: ending('b', new Error('stuck')) }, log);
  await Promise.all([pipeline.terminate(), pipeline.terminate()]);
  assert.deepEqual(seen, ['b factory', 'b global', 'a factory', 'a global']);
  assert.match(log[0]!.message, /Module "b" failed in terminate/);
});
