import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { parseConfig } from '@baton/config';
import { findAppRoot, writeAppConfig } from './app-config.ts';
import { listAppListens } from './listens.ts';
import { findPortOwner } from './port-owner.ts';
import { checkPort, pickFreePort } from './ports.ts';

const nameOf = (entry: string) => parseConfig(writeAppConfig(entry, 80), { file: entry }).pools[0]!.name;

test('the pool of an app is named after its file, whatever the file is called', () => {
  assert.equal(nameOf('server.js'), 'server');
  assert.equal(nameOf('my shop.mjs'), 'my shop');
  assert.equal(nameOf('a:b"c.js'), 'a-b-c');
  assert.equal(nameOf('größe.js'), 'größe');
  assert.equal(nameOf('..js'), 'app');
  assert.equal(nameOf(`${'x'.repeat(100)}.js`), 'x'.repeat(64));
});

test('the app root is the folder of the file, or the deepest above it that holds every entry', () => {
  assert.equal(findAppRoot('/srv/site', ['./a.js', 'b/c.js']), '/srv/site');
  assert.equal(findAppRoot('/srv/site', ['../shop/a.js']), '/srv');
  assert.equal(findAppRoot('/srv/site', ['/opt/a.js']), '/');
  assert.equal(findAppRoot('/srv/site', ['..a/b.js']), '/srv/site');
});

test('each address is listened on once, and on all addresses as soon as one binding of its port asks for it', () => {
  const listens = (...bindings: string[]) =>
    listAppListens(
      parseConfig(
        `apiVersion: baton/v1\npools: [{ name: p }]\napps: [{ name: a, pool: p, entry: a.js, bindings: ${JSON.stringify(bindings)} }]`,
        { file: 'f' },
      ),
    ).map(({ host, port }) => `${host}:${port}`);
  assert.deepEqual(listens('http://*:80/', 'http://shop.example:80/', 'http://*:81/'), [':80', ':81']);
  assert.deepEqual(listens('http://127.0.0.1:80/', 'http://127.0.0.1:80/api', 'http://[::1]:80/'), ['127.0.0.1:80', '::1:80']);
  assert.deepEqual(listens('http://127.0.0.1:80/', 'http://*:80/api'), [':80']);
});

test('the process that listens on a port is found, one that is merely connected to it is not', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  assert.equal(findPortOwner(port)?.pid, process.pid);
  assert.equal(findPortOwner(await pickFreePort('')), undefined);
});

test('an address that this machine does not have is refused', async () => {
  await assert.rejects(
    checkPort({ host: '192.0.2.1', port: 8080, purpose: 'app a' }),
    /192\.0\.2\.1 \(app a\) is not an address of this machine/,
  );
});
