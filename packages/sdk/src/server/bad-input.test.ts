import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../errors/host-error.ts';
import type { WorkerRoutine } from '../thread-pool/associated-handle.ts';
import { ThreadPool } from '../thread-pool/thread-pool.ts';
import { HostedServer } from './hosted-server.ts';
import type { CacheKey } from './http-server.ts';
import { NO_HOST } from './no-host.ts';

const server = new HostedServer(NO_HOST, new ThreadPool());
const nothing = undefined as unknown as string;

const CALLS: readonly (readonly [name: string, call: () => unknown, expected: RegExp])[] = [
  ['recycleApplication', () => server.recycleApplication(nothing), /name of an application.*undefined came/],
  ['satisfiesPrecondition', () => server.satisfiesPrecondition(nothing), /list of preconditions.*undefined came/],
  ['notifyFileChange', () => server.notifyFileChange(nothing), /path of a file.*undefined came/],
  ['notifyConfigurationChange', () => server.notifyConfigurationChange(nothing), /configuration.*undefined came/],
  ['registerFileChangeMonitor', () => server.registerFileChangeMonitor(nothing), /a file or a folder.*undefined came/],
  ['doCacheOperation', () => server.doCacheOperation(0, nothing as unknown as CacheKey), /cacheName, name.*undefined came/],
  ['doCacheOperation of half a key', () => server.doCacheOperation(4, { cacheName: 'fragments' } as CacheKey), /cacheName, name/],
  [
    'a routine on a worker thread',
    () => server.associateWithThreadPool(0, { worker: true } as WorkerRoutine),
    /absolute path or a file URL/,
  ],
];

for (const [name, call, expected] of CALLS)
  test(`${name} without what it needs is refused with a word on what that is`, () => {
    assert.throws(call, (error) => HostError.is(error, 'ERROR_INVALID_PARAMETER') && expected.test((error as Error).message));
  });
