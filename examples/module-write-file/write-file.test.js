import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestHost } from '@baton/sdk/testing';
import * as auth from './basic-auth.js';
import { writeFileModule } from './write-file.js';

const app = (_req, res) => res.end('the response');

test('a client without a name is refused with 401, and gets nothing of what the app has written', async (t) => {
  const { host, folder } = await start(t);
  const response = await host.fetch('/');
  assert.equal(response.status, 401);
  assert.equal(response.statusText, 'Access denied.');
  assert.equal(await response.text(), '');
  assert.deepEqual(await readdir(folder), []);
});

test('for a client with a name the file is there, whole and closed, when its response comes', async (t) => {
  const { host, folder } = await start(t);
  const response = await host.fetch('/', as('ann'));
  assert.equal(response.status, 200);
  assert.equal(await response.text(), 'the response');
  assert.equal(await readFile(join(folder, 'ann.txt'), 'utf8'), 'Hello');
  assert.deepEqual(await openFiles(folder), []);
});

test('200 requests at once have 200 files: none is lost, left open or closed by another, and each request ends', async (t) => {
  const { host, folder } = await start(t);
  const names = Array.from({ length: 200 }, (_, index) => `user-${index}`);
  const statuses = await Promise.all(names.map(async (name) => (await host.fetch('/', as(name))).status));
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.deepEqual((await readdir(folder)).sort(), names.map((name) => `${name}.txt`).sort());
  for (const name of names) assert.equal(await readFile(join(folder, `${name}.txt`), 'utf8'), 'Hello');
  assert.deepEqual(await openFiles(folder), []);
  assert.equal(host.requests, 0);
});

test('100 requests of one client at once write the same file, each by a handle of its own', async (t) => {
  const { host, folder } = await start(t);
  const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await host.fetch('/', as('ann'))).status));
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.equal(await readFile(join(folder, 'ann.txt'), 'utf8'), 'Hello');
  assert.deepEqual(await openFiles(folder), []);
});

test('a file that cannot be opened is said in the response, with the error', async (t) => {
  const { host, folder } = await start(t);
  await rm(folder, { recursive: true });
  const response = await host.fetch('/', as('ann'));
  assert.equal(response.status, 500);
  assert.match(await response.text(), /^Could not open file \(error -?\d+\)\.$/);
  assert.equal(host.requests, 0);
});

test('a write that fails completes the request too, and closes the file', async (t) => {
  const { host, folder } = await start(t);
  await symlink('/dev/full', join(folder, 'ann.txt')); // opens like a file, and every write finds the disk full
  const response = await host.fetch('/', as('ann'));
  assert.equal(response.status, 500);
  assert.match(await response.text(), /^Could not write the file \(error 112\)\.$/);
  assert.equal(host.requests, 0);
  assert.deepEqual(await openFiles('/dev/full'), []);
});

test('a name that is a path stays in the folder', async (t) => {
  const { host, folder } = await start(t);
  assert.equal((await host.fetch('/', as('../../outside'))).status, 200);
  assert.deepEqual(await readdir(folder), ['..%2F..%2Foutside.txt']);
});

async function start(t) {
  const folder = await mkdtemp(join(tmpdir(), 'baton-write-file-'));
  const host = await startTestHost({ modules: { auth, 'write-file': writeFileModule({ folder }) }, app });
  t.after(async () => {
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { host, folder };
}

function as(name) {
  return { headers: { authorization: `Basic ${Buffer.from(`${name}:secret`).toString('base64')}` } };
}

/** Files of the folder that this process has open. */
async function openFiles(folder) {
  const links = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return links.filter((path) => path.startsWith(folder));
}
