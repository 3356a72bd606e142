import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { RQ_BEGIN_REQUEST } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HostError } from '../errors/host-error.ts';
import { codeOf } from './testing/code-of.ts';
import { inContext } from './testing/in-context.ts';
import { get, serveModule } from './testing/serve-module.ts';

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
