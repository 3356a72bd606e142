import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BatonError } from '@baton/core';
import { resolveEntry } from './entry.ts';

const dir = await mkdtemp(join(tmpdir(), 'baton-entry-'));
after(() => rm(dir, { recursive: true, force: true }));
const root = join(dir, 'root');
await mkdir(join(root, 'shop'), { recursive: true });
await mkdir(join(dir, 'releases'));
await writeFile(join(root, 'shop', 'server.js'), '');
await writeFile(join(root, '..data.js'), '');
await writeFile(join(dir, 'releases', 'server.js'), '');
await symlink(join(dir, 'releases'), join(root, 'current'));

const FOUND = [
  'shop/server.js',
  './shop/server.js',
  'shop/../shop/server.js',
  join(root, 'shop/server.js'),
  'current/server.js',
  '..data.js',
];
for (const entry of FOUND) {
  test(`found: ${entry.replace(root, 'ROOT')}`, async () => {
    assert.ok((await resolveEntry(root, entry)).startsWith(root));
  });
}

const REFUSED = ['', '.', '..', '../releases/server.js', join(dir, 'releases/server.js'), 'shop', 'shop/gone.js', '/etc/passwd'];
for (const entry of REFUSED) {
  test(`refused: "${entry.replace(dir, 'DIR')}"`, async () => {
    await assert.rejects(resolveEntry(root, entry), (error) => error instanceof BatonError && error.code === 'ENTRY_NOT_FOUND');
  });
}
