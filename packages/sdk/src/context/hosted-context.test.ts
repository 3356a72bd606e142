import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { RQ_BEGIN_REQUEST } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HostError } from '../errors/host-error.ts';
import type { HttpModule } from '../pipeline/module.ts';
import { createUser } from './create-user.ts';
import type { HttpContext } from './http-context.ts';
import { SERVER_VARIABLES } from './server-variables.ts';
import { get, serveModule } from './testing/serve-module.ts';

const ROOT = '/srv/shop';

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'none';
  } catch (error) {
    return (error as HostError).code ?? String(error);
  }
};

/** What `act` gives in BEGIN_REQUEST of a request. */
async function inContext<T>(act: (context: HttpContext) => T, request = get('/a/b%20c.txt?x=1&y=2'), more: HttpModule = {}): Promise<T> {
  let got: { value: T } | undefined;
  const { talk, log } = await serveModule(
    {
      ...more,
      onBeginRequest(context) {
        got = { value: act(context) };
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    },
    undefined,
    ROOT,
  );
  await talk(request);
  assert.deepEqual(log, []);
  return got!.value;
}

const FIELDS = 'X-Name: you\r\nX-Name: me\r\nX_Odd: odd\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n';
const REQUEST = `${get('/a/b%20c.txt?x=1&y=2', FIELDS).replace('GET', 'POST')}ab`;

const VARIABLES: readonly [name: string, value: string | RegExp | undefined][] = [
  ['ALL_HTTP', /^HTTP_HOST:shop\.test\n/],
  ['ALL_RAW', /^Host: shop\.test\r\n/],
  ['APP_POOL_ID', 'pool'],
  ['APPL_MD_PATH', 'apps/shop'],
  ['APPL_PHYSICAL_PATH', '/srv/shop/'],
  ['AUTH_TYPE', ''],
  ['AUTH_USER', ''],
  ['CACHE_URL', /^http:\/\/shop\.test:\d+\/a\/b%20c\.txt\?x=1&y=2$/],
  ['CERT_ISSUER', ''],
  ['CERT_SERIALNUMBER', ''],
  ['CERT_SUBJECT', ''],
  ['CONTENT_LENGTH', '2'],
  ['CONTENT_TYPE', 'text/plain'],
  ['GATEWAY_INTERFACE', 'CGI/1.1'],
  ['HTTP_METHOD', 'POST'],
  ['HTTP_URL', '/a/b%20c.txt?x=1&y=2'],
  ['HTTP_VERSION', 'HTTP/1.1'],
  ['HTTPS', 'off'],
  ['INSTANCE_ID', 'site'],
  ['LOCAL_ADDR', '127.0.0.1'],
  ['LOGON_USER', ''],
  ['PATH_INFO', '/a/b%20c.txt'],
  ['PATH_TRANSLATED', '/srv/shop/a/b c.txt'],
  ['QUERY_STRING', 'x=1&y=2'],
  ['REMOTE_ADDR', '127.0.0.1'],
  ['REMOTE_HOST', '127.0.0.1'],
  ['REMOTE_PORT', /^[1-9]\d*$/],
  ['REMOTE_USER', ''],
  ['REQUEST_METHOD', 'POST'],
  ['SCRIPT_NAME', '/a/b%20c.txt'],
  ['SCRIPT_TRANSLATED', '/srv/shop/a/b c.txt'],
  ['SERVER_NAME', 'shop.test'],
  ['SERVER_PORT', /^[1-9]\d*$/],
  ['SERVER_PORT_SECURE', '0'],
  ['SERVER_PROTOCOL', 'HTTP/1.1'],
  ['SERVER_SOFTWARE', 'Baton'],
  ['UNENCODED_URL', '/a/b%20c.txt?x=1&y=2'],
  ['UNMAPPED_REMOTE_USER', ''],
  ['URL', '/a/b%20c.txt'],
];

suite('server variables', () => {
  test('that have a meaning are all in the table of this test', () => {
    assert.deepEqual(Object.keys(SERVER_VARIABLES).toSorted(), VARIABLES.map(([name]) => name).toSorted());
  });

  test('have their values', async () => {
    const values = await inContext((context) => VARIABLES.map(([name]) => context.getServerVariable(name)), REQUEST);
    for (const [index, [name, expected]] of VARIABLES.entries())
      if (expected instanceof RegExp) assert.match(values[index] ?? '', expected, name);
      else assert.equal(values[index], expected, name);
  });

  const NAMES: readonly [name: string, value: string | undefined][] = [
    ['HTTP_X_NAME', 'you, me'],
    ['http_x_name', 'you, me'],
    ['HEADER_X-Name', 'you, me'],
    ['HEADER_X_Odd', 'odd'],
    ['HTTP_X_ODD', undefined],
    ['UNICODE_HTTP_X_NAME', 'you, me'],
    ['UNICODE_REQUEST_METHOD', 'POST'],
    ['request_method', 'POST'],
    ['HTTP_NONE', undefined],
    ['NONE', undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
    ['HTTP_CONSTRUCTOR', undefined],
    ['HEADER___proto__', undefined],
  ];
  for (const [name, expected] of NAMES)
    test(`${name} is ${JSON.stringify(expected)}`, async () => {
      assert.equal(await inContext((context) => context.getServerVariable(name), REQUEST), expected);
    });

  test('that are set hide the others, in any case, for this request', async () => {
    const got = await inContext((context) => {
      context.setServerVariable('remote_user', 'ada');
      context.setServerVariable('HTTP_HOST', undefined);
      context.setServerVariable('UNICODE_MINE', 'mine');
      return [
        context.getServerVariable('REMOTE_USER'),
        context.getServerVariable('HTTP_HOST'),
        context.getServerVariable('Mine'),
        context.getServerVarChanges(),
      ];
    });
    assert.deepEqual(got, ['ada', undefined, 'mine', ['REMOTE_USER', 'HTTP_HOST', 'MINE']]);
  });
});

const PATHS: readonly [url: string, path: string][] = [
  ['/', '/srv/shop/'],
  ['/a.txt', '/srv/shop/a.txt'],
  ['/a/b%20c.txt?x=/../y', '/srv/shop/a/b c.txt'],
  ['http://shop.test/a.txt?x', '/srv/shop/a.txt'],
  ['/a//b', '/srv/shop/a/b'],
  ['/./a', '/srv/shop/a'],
  ['/..a/b..', '/srv/shop/..a/b..'],
  ['/../a', 'ERROR_ACCESS_DENIED'],
  ['/a/../b', 'ERROR_ACCESS_DENIED'],
  ['/%2e%2e/a', 'ERROR_ACCESS_DENIED'],
  ['/a%2f..%2f..%2fb', 'ERROR_ACCESS_DENIED'],
  ['/a%5c..%5cb', 'ERROR_ACCESS_DENIED'],
  ['/a%00b', 'ERROR_INVALID_NAME'],
  ['/%zz', 'ERROR_INVALID_NAME'],
  ['/%ff', 'ERROR_INVALID_NAME'],
];

suite('mapPath', () => {
  for (const [url, expected] of PATHS)
    test(`${url} is ${expected}`, async () => {
      const got = await inContext((context) => {
        try {
          return context.mapPath(url);
        } catch (error) {
          return (error as HostError).code;
        }
      });
      assert.equal(got, expected);
    });

  test('asks modules of RQ_MAP_PATH, who may map beyond the folder', async () => {
    const asked: string[] = [];
    const got = await inContext((context) => [context.mapPath('/x'), context.getPhysicalPath()], get('/y'), {
      onMapPath(_context, provider) {
        asked.push(provider.getUrl(), provider.getPhysicalPath());
        provider.setPhysicalPath(join('/other', provider.getUrl()));
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    assert.deepEqual(got, ['/other/x', '/other/y']);
    assert.deepEqual(asked, ['/x', '/srv/shop/x', '/y', '/srv/shop/y']);
  });

  test('cannot wait for a module that is pending', async () => {
    const done = Promise.withResolvers<void>();
    const got = await inContext((context) => codeOf(() => context.mapPath('/x')), get(), {
      onMapPath(context) {
        setImmediate(() => {
          context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
          done.resolve();
        });
        return RQ_NOTIFICATION_PENDING;
      },
    });
    assert.equal(got, 'ERROR_NOT_SUPPORTED');
    await done.promise;
  });
});

test('a handler mapping changes script name and file, and a new URL forgets it', async () => {
  const got = await inContext((context) => {
    context.mapHandler('/scripts/run.js?x');
    const mapped = [context.getScriptName(), context.getPhysicalPath(), context.getScriptTranslated()];
    context.getRequest().setUrl('/new');
    return [mapped, [context.getScriptName(), context.getPhysicalPath()]];
  });
  assert.deepEqual(got, [
    ['/scripts/run.js', '/srv/shop/scripts/run.js', '/srv/shop/scripts/run.js'],
    ['/new', '/srv/shop/new'],
  ]);
});

suite('the user', () => {
  test('is nobody before RQ_AUTHENTICATE_REQUEST has ended, then at least anonymous', async () => {
    const users: unknown[] = [];
    const note = (context: HttpContext): typeof RQ_NOTIFICATION_CONTINUE => {
      const user = context.getUser();
      users.push(user && [user.getUserName(), user.getAuthenticationType(), user.supportsIsInRole(), user.isInRole('admin')]);
      return RQ_NOTIFICATION_CONTINUE;
    };
    const { url } = await serveModule({ onBeginRequest: note, onAuthenticateRequest: note, onAuthorizeRequest: note, onEndRequest: note });
    await (await fetch(url)).text();
    assert.deepEqual(users, [null, null, ['', '', true, false], ['', '', true, false]]);
  });

  test('is who a module says', async () => {
    const got: unknown[] = [];
    const { url } = await serveModule({
      onAuthenticateRequest(_context, provider) {
        provider.setUser(
          createUser({
            userName: 'ada',
            authenticationType: 'Basic',
            remoteUserName: 'ADA',
            roles: ['admin'],
            variables: { mail: 'a@b.c' },
          }),
        );
        got.push(codeOf(() => provider.setUser({} as never)));
        return RQ_NOTIFICATION_CONTINUE;
      },
      onAuthorizeRequest(context, _provider) {
        const user = context.getUser()!;
        got.push(user.getUserName(), user.getRemoteUserName(), user.getAuthenticationType(), user.isInRole('admin'), user.isInRole('root'));
        got.push(
          user.getUserVariable('mail'),
          user.getUserVariable('toString'),
          context.getServerVariable('AUTH_TYPE'),
          context.getServerVariable('REMOTE_USER'),
        );
        got.push(context.getServerVariable('UNMAPPED_REMOTE_USER'), context.getOriginalUser() === user);
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    await (await fetch(url)).text();
    assert.deepEqual(got, ['ERROR_INVALID_PARAMETER', 'ada', 'ADA', 'Basic', true, false, 'a@b.c', undefined, 'Basic', 'ada', 'ADA', true]);
  });

  test('whose roles nobody knows says so', () => {
    const user = createUser({ userName: 'ada' });
    assert.equal(user.supportsIsInRole(), false);
    assert.equal(
      codeOf(() => user.isInRole('admin')),
      'E_NOTIMPL',
    );
  });
});

suite('what modules keep', () => {
  test('with a request, by two ways, is cleaned up when it has ended; with an app when that is unloaded', async () => {
    const events: string[] = [];
    const keep = (name: string): object => ({ name, cleanupStoredContext: () => events.push(`cleanup ${name}`) });
    const { url, pipeline } = await serveModule({
      onBeginRequest(context) {
        context.getModuleContextContainer().setModuleContext(keep('request'), 'id');
        context.getNamedContextContainer().setModuleContext(keep('named'), 'id');
        if (!context.getApplication().getModuleContextContainer().getModuleContext('id'))
          context.getApplication().getModuleContextContainer().setModuleContext(keep('app'), 'id');
        return RQ_NOTIFICATION_CONTINUE;
      },
      onEndRequest(context) {
        events.push(`end ${(context.getModuleContextContainer().getModuleContext('id') as { name?: string }).name}`);
        assert.equal(
          codeOf(() => context.getModuleContextContainer().setModuleContext({}, 'id')),
          'ERROR_ALREADY_ASSIGNED',
        );
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    await (await fetch(url)).text();
    assert.deepEqual(events, ['end request', 'cleanup request', 'cleanup named']);
    pipeline.terminate();
    assert.deepEqual(events.slice(3), ['cleanup app']);
  });

  test('with a connection outlives its requests, and hears once that it is gone', async () => {
    const gone = Promise.withResolvers<void>();
    const events: string[] = [];
    const { port } = await serveModule({
      onBeginRequest(context) {
        const container = context.getConnection().getModuleContextContainer();
        events.push(container.getModuleContext('id') ? 'known' : 'new', String(context.getConnection().isConnected()));
        if (!container.getModuleContext('id'))
          container.setModuleContext(
            {
              notifyDisconnect: () => {
                events.push(`gone, connected: ${context.getConnection().isConnected()}`);
                throw new Error('logged, not thrown');
              },
              cleanupStoredContext: () => {
                events.push('cleanup');
                gone.resolve();
              },
            } as never,
            'id',
          );
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    const client = connect(port, '127.0.0.1');
    const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    let answers = 0;
    client.on('data', () => {
      answers++;
      if (answers === 1) client.write(request);
      else client.destroy();
    });
    client.write(request);
    await gone.promise;
    assert.deepEqual(events, ['new', 'true', 'known', 'true', 'gone, connected: false', 'cleanup']);
  });
});

test('a client that leaves while a module is pending is seen, and the request ends when the module completes it', async () => {
  const ended = Promise.withResolvers<void>();
  let client!: ReturnType<typeof connect>;
  let appRan = false;
  const { port, pipeline } = await serveModule(
    {
      onBeginRequest(context) {
        context
          .getConnection()
          .getModuleContextContainer()
          .setModuleContext(
            {
              notifyDisconnect: () => {
                assert.equal(context.getConnection().isConnected(), false);
                context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
              },
            } as never,
            'id',
          );
        setImmediate(() => client.destroy());
        return RQ_NOTIFICATION_PENDING;
      },
      onEndRequest: () => {
        setImmediate(ended.resolve);
        return RQ_NOTIFICATION_CONTINUE;
      },
    },
    () => {
      appRan = true;
    },
  );
  client = connect(port, '127.0.0.1', () => client.write(get()));
  await ended.promise;
  assert.equal(appRan, false);
  assert.equal(pipeline.current.size, 0);
});

test('a custom notification reaches the modules, and answers with their status', async () => {
  const types: string[] = [];
  const got = await inContext((context) => context.notifyCustomNotification('shop/opened'), get(), {
    onCustomRequestNotification(_context, provider) {
      types.push(provider.queryNotificationType());
      return RQ_NOTIFICATION_CONTINUE;
    },
  });
  assert.equal(got, RQ_NOTIFICATION_CONTINUE);
  assert.deepEqual(types, ['shop/opened']);
});

test('a request that a module has handled does not reach the app', async () => {
  const { url } = await serveModule({
    onMapRequestHandler(context) {
      context.setRequestHandled();
      context.getResponse().writeEntityChunks('mine');
      return RQ_NOTIFICATION_CONTINUE;
    },
  });
  assert.equal(await (await fetch(url)).text(), 'mine');
});

test('times, trace, statistics and facts of the app are there', async () => {
  const before = Date.now();
  await inContext((context) => {
    assert.ok(context.getRequestStartTime() >= before && context.getRequestElapsedTime() >= 0);
    assert.equal(context.getTraceContext(), undefined);
    const stats = context.getCurrentExecutionStats();
    assert.deepEqual([stats.notification, stats.module], [RQ_BEGIN_REQUEST, 'tested']);
    const app = context.getApplication();
    assert.deepEqual(
      [app.getApplicationId(), app.getAppConfigPath(), app.getApplicationPhysicalPath()],
      ['shop', 'apps/shop', '/srv/shop/'],
    );
    assert.equal(context.getSite(), 'site');
    assert.equal(context.getRootContext().getParentContext(), undefined);
    assert.equal(context.getExecuteFlags(), 0);
    assert.equal(
      codeOf(() => context.cancelIo()),
      'ERROR_INVALID_HANDLE',
    );
  });
});

test('facts of the requested file come from the host’s cache', async () => {
  const info = await inContext((context) => context.getFileInfo().catch((error: HostError) => error.code), get('/none'));
  assert.equal(info, 'ERROR_FILE_NOT_FOUND');
});

test('the app sees the same message objects, and its own listeners work', async () => {
  const { url } = await serveModule({ onBeginRequest: () => RQ_NOTIFICATION_CONTINUE }, (req: IncomingMessage, res) => {
    req.resume();
    req.on('end', () => res.end(`${req.method} ${req.url}`));
  });
  assert.equal(await (await fetch(`${url}/x`, { method: 'POST', body: 'y' })).text(), 'POST /x');
});
