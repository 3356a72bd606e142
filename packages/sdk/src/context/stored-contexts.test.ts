import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';

import { codeOf } from './testing/code-of.ts';
import { serveModule } from './testing/serve-module.ts';

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
    await pipeline.terminate();
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
