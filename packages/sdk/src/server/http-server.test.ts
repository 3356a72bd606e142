import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { HostedServer } from './hosted-server.ts';
import type { HttpServer } from './http-server.ts';
import { NOT_SUPPORTED } from './not-supported.ts';
import { stage } from './testing/stage.ts';

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

test('the interface and the object are the same', () => {
  const server: HttpServer = stage().server;
  assert.ok(server);
});
