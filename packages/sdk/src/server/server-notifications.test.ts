import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  CACHE_OPERATION_ADD,
  CACHE_OPERATION_DELETE,
  CACHE_OPERATION_ENUM,
  CACHE_OPERATION_FLUSH_PREFIX,
  CACHE_OPERATION_RETRIEVE,
  GL_CACHE_OPERATION,
  GL_CONFIGURATION_CHANGE,
  GL_CUSTOM_NOTIFICATION,
  GL_FILE_CHANGE,
  GL_NOTIFICATION_CONTINUE,
  GL_NOTIFICATION_HANDLED,
} from '../constants/global-notifications.ts';
import type { CacheOperationProvider } from './http-server.ts';
import { code, stage } from './testing/stage.ts';

suite('notifications', () => {
  test('a custom one reaches global modules, and its answer the caller', () => {
    const provider = { name: 'flush' };
    const { server, said } = stage();
    assert.equal(server.notifyCustomNotification(provider), GL_NOTIFICATION_CONTINUE);
    assert.deepEqual(said, [[GL_CUSTOM_NOTIFICATION, provider]]);
    const handled = stage({ raiseGlobal: () => GL_NOTIFICATION_HANDLED });
    assert.equal(handled.server.notifyCustomNotification(provider), GL_NOTIFICATION_HANDLED);
  });

  test('changes of configuration and of files are told', () => {
    const { server, said } = stage();
    server.notifyConfigurationChange('MACHINE/WEBROOT/shop');
    server.notifyFileChange('/srv/shop');
    assert.deepEqual(said, [
      [GL_CONFIGURATION_CHANGE, 'MACHINE/WEBROOT/shop'],
      [GL_FILE_CHANGE, '/srv/shop'],
    ]);
  });

  test('a cache operation that a module handles is done, with the record it leaves', () => {
    const { server } = stage({
      raiseGlobal: (notification, provider) => {
        assert.equal(notification, GL_CACHE_OPERATION);
        const asked = provider as CacheOperationProvider;
        assert.deepEqual([asked.operation, asked.key], [CACHE_OPERATION_RETRIEVE, { cacheName: 'pages', name: '/a' }]);
        asked.record = 'the page';
        return GL_NOTIFICATION_HANDLED;
      },
    });
    assert.equal(server.doCacheOperation(CACHE_OPERATION_RETRIEVE, { cacheName: 'pages', name: '/a' }), 'the page');
  });

  test('one that no module handles is done with the fragments, or has no such cache', () => {
    const { server } = stage();
    const fragment = (name: string) => ({ cacheName: 'fragments', name });
    server.doCacheOperation(CACHE_OPERATION_ADD, fragment('menu/a'), 'A');
    server.doCacheOperation(CACHE_OPERATION_ADD, fragment('menu/b'), 'B');
    server.doCacheOperation(CACHE_OPERATION_ADD, fragment('foot'), 'C');
    assert.equal(String(server.doCacheOperation(CACHE_OPERATION_RETRIEVE, fragment('menu/b'))), 'B');
    assert.deepEqual(server.doCacheOperation(CACHE_OPERATION_ENUM, fragment('menu/')), ['menu/a', 'menu/b']);
    assert.equal(server.doCacheOperation(CACHE_OPERATION_FLUSH_PREFIX, fragment('menu/')), 2);
    server.doCacheOperation(CACHE_OPERATION_DELETE, fragment('foot'));
    assert.throws(() => server.readFragmentFromCache('foot'), code('ERROR_PATH_NOT_FOUND'));
    assert.throws(() => server.doCacheOperation(CACHE_OPERATION_RETRIEVE, { cacheName: 'pages', name: 'x' }), {
      code: 'ERROR_PATH_NOT_FOUND',
      message: /"pages"/,
    });
    assert.throws(() => server.doCacheOperation(5, fragment('x')), code('ERROR_INVALID_PARAMETER'));
  });

  test('flushKernelCache asks the modules that keep responses to forget what is below a path', () => {
    const { server, said } = stage();
    server.flushKernelCache('/catalog/');
    const [notification, provider] = said[0] as [number, CacheOperationProvider];
    assert.equal(notification, GL_CACHE_OPERATION);
    assert.deepEqual([provider.operation, provider.key], [CACHE_OPERATION_FLUSH_PREFIX, { cacheName: 'responses', name: '/catalog/' }]);
    assert.throws(() => server.flushKernelCache('catalog'), code('ERROR_INVALID_PARAMETER'));
  });
});
