import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { hidePassword } from './check-redis.ts';
import { findRedisServer, parseServerVersion } from './find-server.ts';

test('versions of Redis and Valkey are told apart and measured', () => {
  const isFit = (text: string) => parseServerVersion(text)?.isFit;
  assert.deepEqual(parseServerVersion('Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc bits=64'), {
    name: 'Redis 7.0.15',
    isFit: true,
  });
  assert.equal(isFit('Redis server v=6.2.0 sha=0'), true);
  assert.equal(isFit('Redis server v=6.0.16 sha=0'), false);
  assert.equal(isFit('Valkey server v=8.1.0 sha=0'), true);
  assert.equal(isFit('something else'), undefined);
});

test('the first server on PATH that is new enough is taken, past an older one', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-path-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const put = (place: string, name: string, version: string) => {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, name), `#!/bin/sh\necho "${version}"\n`);
    chmodSync(join(folder, place, name), 0o755);
    return join(folder, place);
  };
  const old = put('old', 'redis-server', 'Redis server v=5.0.0 sha=0');
  const broken = put('broken', 'redis-server', 'no version here');
  const valkey = put('new', 'valkey-server', 'Valkey server v=8.0.1 sha=0');
  assert.deepEqual(findRedisServer([old, broken, valkey].join(delimiter)), { path: join(valkey, 'valkey-server'), name: 'Valkey 8.0.1' });
  assert.throws(() => findRedisServer(old), /found none: .*old\/redis-server is Redis 5\.0\.0/);
  assert.throws(() => findRedisServer(broken), /is not a Redis server/);
});

test('a password is never shown', () => {
  assert.equal(hidePassword('redis://user:p%40ss@host:1/2'), 'redis://…@host:1/2');
  assert.equal(hidePassword('redis://host:1'), 'redis://host:1');
});
