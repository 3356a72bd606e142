import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
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
import { HostError } from '../errors/host-error.ts';
import { Overlapped } from '../thread-pool/overlapped.ts';
import { ThreadPool } from '../thread-pool/thread-pool.ts';
import { HostedServer } from './hosted-server.ts';
import type { CacheOperationProvider, HttpServer } from './http-server.ts';
import { NO_HOST } from './no-host.ts';
import { NOT_SUPPORTED } from './not-supported.ts';
import type { OperationSpan, ServerHost } from './server-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'baton-server-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** IHttpServer in the order of its vtable, then what the documentation and its later versions add (httpserv.h). */
const ORIGINAL = [
  'IsCommandLineLaunch',
  'GetAppPoolName',
  'AssociateWithThreadPool',
  'IncrementThreadCount',
  'DecrementThreadCount',
  'ReportUnhealthy',
  'RecycleProcess',
  'GetAdminManager',
  'GetFileInfo',
  'FlushKernelCache',
  'DoCacheOperation',
  'NotifyCustomNotification',
  'GetPerfCounterInfo',
  'RecycleApplication',
  'NotifyConfigurationChange',
  'NotifyFileChange',
  'DispenseContainer',
  'AddFragmentToCache',
  'ReadFragmentFromCache',
  'RemoveFragmentFromCache',
  'GetWorkerProcessSettings',
  'GetProtocolManagerCustomInterface',
  'SatisfiesPrecondition',
  'GetTraceContext',
  'RegisterFileChangeMonitor',
  'GetExtendedInterface',
  'GetConfigObject',
  'GetManagedType',
  'GetToken',
  'GetAppPoolConfigFile',
  'GetMetadata',
  'GetWorkerProcessFramework',
  'QueryRequestProperty',
];

interface Stage {
  readonly server: HostedServer;
  readonly pool: ThreadPool;
  /** What reached the host, in order. */
  readonly said: unknown[];
}

function stage(parts: Partial<ServerHost> = {}): Stage {
  const said: unknown[] = [];
  const pool = new ThreadPool({ maxPoolThreads: 2 });
  const host: ServerHost = {
    ...NO_HOST,
    worker: { id: 'w3', pool: 'shop', slot: 'shop/1', generation: 4 },
    isCommandLine: false,
    recycleProcess: (reason) => said.push(['recycleProcess', reason]),
    recycleApplication: (path) => said.push(['recycleApplication', path]),
    reportUnhealthy: (reason, hresult) => said.push(['reportUnhealthy', reason, hresult]),
    log: (level, message) => said.push([level, message]),
    raiseGlobal: (notification, provider) => {
      const { getChangePath, getFileName } = provider as { getChangePath?(): string; getFileName?(): string };
      said.push([notification, getChangePath?.() ?? getFileName?.() ?? { ...provider }]);
      return GL_NOTIFICATION_CONTINUE;
    },
    ...parts,
  };
  return { server: new HostedServer(host, pool), pool, said };
}

const code = (code: string) => ({ code });

suite('the table of IHttpServer in docs/programming-model.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/programming-model.md'), 'utf8');
  const section = page.slice(page.indexOf('\n## IHttpServer\n')).slice(1).split('\n## ')[0]!;
  const rows = new Map(
    [...section.matchAll(/^\| \d* ?\| (\w+) \| `(\w+)\([^`]*\)` \| (.*) \|$/gm)].map(([, original, name, text]) => [
      original!,
      { name: name!, text: text! },
    ]),
  );

  test('has a row for each method of the original, in its order', () => {
    assert.deepEqual([...rows.keys()], ORIGINAL);
  });

  test('names the methods of the object, and the object has no others', () => {
    const methods = Object.getOwnPropertyNames(HostedServer.prototype).filter((name) => name !== 'constructor' && name !== 'close');
    assert.deepEqual([...rows.values()].map(({ name }) => name).sort(), methods.sort());
    for (const [original, { name }] of rows) assert.equal(name.toLowerCase(), original.toLowerCase());
  });

  test('says which are not supported and why, in the words of the error', () => {
    const { server } = stage();
    for (const { name, text } of rows.values()) {
      const reason = (NOT_SUPPORTED as Record<string, string>)[name];
      assert.equal(text.startsWith('not supported: '), reason !== undefined, name);
      if (reason === undefined) continue;
      assert.equal(text, `not supported: ${reason}`);
      assert.throws(() => (server as unknown as Record<string, () => void>)[name]!(), {
        name: 'HostError',
        code: 'ERROR_NOT_SUPPORTED',
        number: 50,
        message: `${name} is not supported: ${reason}`,
      });
    }
  });
});

suite('what goes to the host', () => {
  test('facts of the process', () => {
    const { server } = stage();
    assert.equal(server.getAppPoolName(), 'shop');
    assert.equal(server.isCommandLineLaunch(), false);
    assert.equal(server.getWorkerProcessSettings(), NO_HOST.settings);
    assert.equal(server.getTraceContext(), undefined);
  });

  test('the wish for a recycle, which never fails its caller', () => {
    const { server, said } = stage();
    assert.equal(server.recycleProcess('tired'), undefined);
    server.recycleApplication('shop');
    server.reportUnhealthy('the cache is gone', 0x8000_4005);
    assert.deepEqual(said, [
      ['recycleProcess', 'tired'],
      ['recycleApplication', 'shop'],
      ['reportUnhealthy', 'the cache is gone', 0x8000_4005],
    ]);
    const broken = stage({
      recycleProcess: () => {
        throw new Error('the line is down');
      },
    });
    assert.equal(broken.server.recycleProcess('tired'), undefined);
    assert.deepEqual(broken.said, [['error', 'asking for a recycle failed']]);
  });

  test('an application that is not there is ERROR_PATH_NOT_FOUND', () => {
    const { server } = stage({ recycleApplication: NO_HOST.recycleApplication });
    assert.throws(() => server.recycleApplication('/nowhere'), code('ERROR_PATH_NOT_FOUND'));
  });

  test('the number of slots', () => {
    const { server, pool } = stage();
    server.incrementThreadCount();
    server.incrementThreadCount();
    server.decrementThreadCount();
    assert.equal(pool.stats.maxThreads, 3);
    assert.equal(server.getPerfCounterInfo().maximumThreadsCount, 3);
  });

  test('spans of operations of sampled requests, where the host records them', async () => {
    const spans: OperationSpan[] = [];
    const { server } = stage({
      activeTrace: () => ({ traceparent: '00-a-b-01', isSampled: true }),
      recordSpan: (span) => spans.push(span),
    });
    writeFileSync(join(folder, 'traced'), 'traced');
    await using handle = await open(join(folder, 'traced'));
    await new Promise((resolve) => server.associateWithThreadPool(handle, resolve).read(Buffer.alloc(6), new Overlapped()));
    assert.deepEqual(
      spans.map(({ name, bytes, traceparent }) => ({ name, bytes, traceparent })),
      [{ name: 'overlapped read', bytes: 6, traceparent: '00-a-b-01' }],
    );
    assert.equal(server.getTraceContext()?.traceparent, '00-a-b-01');
  });
});

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

  test('a monitor tells of a changed file, to its listener and to global modules, until it is closed', async () => {
    const { server, said } = stage();
    const path = join(folder, 'watched');
    writeFileSync(path, 'one');
    const info = await server.getFileInfo(path);
    const heard = await new Promise<string>((resolve) => {
      const monitor = server.registerFileChangeMonitor(path, (changed) => {
        monitor.close();
        resolve(changed);
      });
      writeFileSync(path, 'two and more');
    });
    assert.equal(heard, path);
    assert.deepEqual(said, [[GL_FILE_CHANGE, path]]);
    // at once, not when a second has passed
    assert.notEqual((await server.getFileInfo(path)).etag, info.etag);
    assert.equal(server.getPerfCounterInfo().fileChangeMonitors, 0);
  });

  test('something in a watched folder is told by its own path', async () => {
    const { server } = stage();
    const heard = await new Promise<string>((resolve) => {
      server.registerFileChangeMonitor(folder, resolve);
      writeFileSync(join(folder, 'new one'), 'x');
    });
    assert.equal(heard, join(folder, 'new one'));
    server.close();
  });

  test('so is one whose name is the end of the folder’s', async () => {
    const { server } = stage();
    const path = join(folder, folder.slice(-3));
    const heard = await new Promise<string>((resolve) => {
      server.registerFileChangeMonitor(folder, resolve);
      writeFileSync(path, 'x');
    });
    assert.equal(heard, path);
    server.close();
  });

  test('what is not there is not watched', () => {
    assert.throws(() => stage().server.registerFileChangeMonitor(join(folder, 'absent')), code('ERROR_FILE_NOT_FOUND'));
  });
});

suite('fragments', () => {
  test('are kept as copies and given as copies', () => {
    const { server } = stage();
    const bytes = Buffer.from('menu');
    server.addFragmentToCache(bytes, 'menu');
    bytes.fill(0);
    server.readFragmentFromCache('menu').fill(0);
    assert.equal(server.readFragmentFromCache('menu').toString(), 'menu');
    server.addFragmentToCache('menü', 'menu');
    assert.equal(server.readFragmentFromCache('menu').toString(), 'menü');
    server.removeFragmentFromCache('menu');
    assert.throws(() => server.readFragmentFromCache('menu'), code('ERROR_PATH_NOT_FOUND'));
    assert.throws(() => server.removeFragmentFromCache('menu'), code('ERROR_FILE_NOT_FOUND'));
  });

  test('that were used longest ago go when the cache is full; one larger than it is refused', () => {
    const { server } = stage();
    const piece = Buffer.alloc(5 * 2 ** 20);
    for (const name of ['a', 'b', 'c']) server.addFragmentToCache(piece, name);
    server.readFragmentFromCache('a');
    server.addFragmentToCache(piece, 'd');
    assert.throws(() => server.readFragmentFromCache('b'), code('ERROR_PATH_NOT_FOUND'));
    for (const name of ['a', 'c', 'd']) assert.equal(server.readFragmentFromCache(name).length, piece.length);
    assert.throws(() => server.addFragmentToCache(Buffer.alloc(17 * 2 ** 20), 'e'), code('ERROR_NOT_ENOUGH_MEMORY'));
    assert.ok(server.getPerfCounterInfo().fragmentCacheBytes! <= 16 * 2 ** 20);
  });

  for (const [name, fragment] of [
    ['', 'x'],
    ['n'.repeat(3_000), 'x'],
    ['number', 7],
    [undefined, 'x'],
  ] as const)
    test(`${JSON.stringify(name)?.slice(0, 20)} with ${typeof fragment} is refused`, () => {
      assert.throws(() => stage().server.addFragmentToCache(fragment as string, name as string), code('ERROR_INVALID_PARAMETER'));
    });
});

suite('facts of a file', () => {
  test('are read once, believed for a second, and the same object while nothing has changed', async () => {
    const { server } = stage();
    const path = join(folder, 'page.html');
    writeFileSync(path, '<p>');
    const info = await server.getFileInfo(path);
    assert.deepEqual([info.filePath, info.size, info.isDirectory, info.mimeType], [path, 3, false, 'text/html; charset=utf-8']);
    assert.match(info.etag, /^"3-[0-9a-f]+-[0-9a-f]+"$/);
    assert.equal(await server.getFileInfo(path), info);
    const counters = server.getPerfCounterInfo();
    assert.deepEqual([counters.fileCacheHits, counters.fileCacheMisses, counters.currentFilesCached], [1, 1, 1]);
    writeFileSync(path, '<p>more');
    server.notifyFileChange(path);
    const changed = await server.getFileInfo(path);
    assert.equal(changed.size, 7);
    assert.notEqual(changed.etag, info.etag);
  });

  for (const [name, type] of [
    ['a.json', 'application/json; charset=utf-8'],
    ['a.bin.unknownkind', 'application/octet-stream'],
    ['noextension', 'application/octet-stream'],
    ['a.svg', 'image/svg+xml'],
  ] as const)
    test(`${name} is ${type}`, async () => {
      writeFileSync(join(folder, name), 'x');
      assert.equal((await stage().server.getFileInfo(join(folder, name))).mimeType, type);
    });

  test('of what is not there, or is no path, are errors', async () => {
    const { server } = stage();
    await assert.rejects(server.getFileInfo(join(folder, 'absent')), { code: 'ERROR_FILE_NOT_FOUND', message: /absent/ });
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
    await assert.rejects(server.getFileInfo(join(folder, 'loop')), code('ERROR_PATH_NOT_FOUND'));
    for (const path of ['', 'a\0b', undefined]) await assert.rejects(server.getFileInfo(path as string), code('ERROR_INVALID_NAME'));
  });

  test('of a folder are facts too', async () => {
    assert.equal((await stage().server.getFileInfo(folder)).isDirectory, true);
  });
});

suite('the rest', () => {
  test('a container keeps one context for each module and tells them when it is gone', () => {
    const container = stage().server.dispenseContainer();
    const gone: string[] = [];
    container.setModuleContext({ cleanupStoredContext: () => gone.push('audit') }, 'audit');
    container.setModuleContext({ cleanupStoredContext: () => gone.push('limit') }, 'limit');
    assert.throws(() => container.setModuleContext({}, 'audit'), code('ERROR_ALREADY_ASSIGNED'));
    assert.ok(container.getModuleContext('audit'));
    assert.equal(container.getModuleContext('other'), undefined);
    container.release();
    container.release();
    assert.deepEqual(gone, ['audit', 'limit']);
    assert.equal(container.getModuleContext('audit'), undefined);
  });

  test('getExtendedInterface gives the object under the names whose methods it has', () => {
    const { server } = stage();
    assert.equal(server.getExtendedInterface('IHttpServer2'), server);
    assert.throws(() => server.getExtendedInterface('IHttpServer9'), code('ERROR_NOT_SUPPORTED'));
  });

  const preconditions: [string, boolean | string][] = [
    ['', true],
    ['integratedMode', true],
    ['INTEGRATEDMODE', true],
    ['ISAPIMode', false],
    ['classicMode', false],
    ['bitness64', true],
    ['bitness32', false],
    ['integratedMode,bitness64', true],
    [' integratedMode , bitness32 ', false],
    ['appPoolName=shop', true],
    ['appPoolName=Shop', false],
    [`runtimeVersion${process.versions.node.split('.')[0]}`, true],
    [`runtimeVersionv${process.versions.node}`, true],
    [`runtimeVersion=v${process.versions.node.split('.').slice(0, 2).join('.')}`, true],
    ['runtimeVersionv2.0', false],
    ['managedHandler', 'ERROR_INVALID_PARAMETER'],
    ['bitness32,bitnes64', 'ERROR_INVALID_PARAMETER'],
    ['appPoolName=', 'ERROR_INVALID_PARAMETER'],
  ];
  for (const [list, wanted] of preconditions)
    test(`precondition "${list}": ${wanted}`, () => {
      const { server } = stage();
      if (typeof wanted === 'boolean') assert.equal(server.satisfiesPrecondition(list), wanted);
      else assert.throws(() => server.satisfiesPrecondition(list), { code: wanted, message: /integratedMode.*came/ });
    });
});

test('an error of another copy of this package is known as one', () => {
  const other = Object.assign(new Error('x'), { code: 'ERROR_BUSY', number: 170, [Symbol.for('baton.host-error')]: true });
  assert.ok(HostError.is(other));
  assert.ok(HostError.is(other, 'ERROR_BUSY'));
  assert.equal(HostError.is(other, 'ERROR_NOT_FOUND'), false);
  assert.equal(HostError.is(new Error('x')), false);
  assert.equal(HostError.is(null), false);
});

test('the interface and the object are the same', () => {
  const server: HttpServer = stage().server;
  assert.ok(server);
});
