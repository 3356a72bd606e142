import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HostError } from '../errors/host-error.ts';
import { codeOf } from './testing/code-of.ts';
import { inContext } from './testing/in-context.ts';
import { get } from './testing/serve-module.ts';

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
    const got = await inContext((context) => codeOf(() => context.mapPath('/x')), get(), { onMapPath: () => RQ_NOTIFICATION_PENDING });
    assert.equal(got, 'ERROR_NOT_SUPPORTED');
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
