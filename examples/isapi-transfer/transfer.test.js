import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { startTestHost } from '@baton/sdk/testing';
import { transferExtension } from './transfer.js';

const MIB = 2 ** 20;
const SIZE = 64 * MIB;
const BLOCK = randomBytes(MIB);
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baton-transfer-'));
  await writeFile(join(folder, 'big.bin'), Readable.from(blocks()));
  await writeFile(join(folder, 'empty.bin'), '');
  await writeFile(join(folder, '.hidden'), 'secret');
});
after(() => rm(folder, { recursive: true, force: true }));

test('a file of 64 MiB comes byte for byte, and is closed behind its transfer', async () => {
  await using host = await start();
  const answer = await exchange(host, 'GET', '/big.bin');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-length'], `${SIZE}`);
  assert.equal(answer.bytes, SIZE);
  assert.equal(answer.sha256, await sha256());
  await host.stop();
  assert.deepEqual(await openFiles(), []);
});

test('an upload of 64 MiB comes back byte for byte, with its length', async () => {
  await using host = await start();
  const answer = await exchange(host, 'PUT', '/', Readable.from(blocks()), { 'content-length': SIZE });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-length'], `${SIZE}`);
  assert.equal(answer.sha256, await sha256());
});

test('an upload of unknown length comes back too', async () => {
  await using host = await start();
  const answer = await exchange(host, 'POST', '/', Readable.from(blocks()));
  assert.equal(answer.headers['content-length'], undefined);
  assert.equal(answer.bytes, SIZE);
  assert.equal(answer.sha256, await sha256());
});

test('bodies that the control block holds whole, and empty ones, come back', async () => {
  await using host = await start();
  for (const body of ['', 'a', 'x'.repeat(48 * 1024), 'y'.repeat(48 * 1024 + 1)]) {
    const response = await host.fetch('/', { method: 'POST', body, headers: { 'content-type': 'text/plain' } });
    assert.equal(response.headers.get('content-type'), 'text/plain');
    assert.equal(await response.text(), body);
  }
});

test('eight transfers at once, four each way, do not mix', async () => {
  await using host = await start();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      index % 2 ? exchange(host, 'GET', '/big.bin') : exchange(host, 'PUT', '/', Readable.from(blocks(8)), { 'content-length': 8 * MIB }),
    ),
  );
  const [whole, eight] = [await sha256(), await sha256(8)];
  for (const [index, answer] of answers.entries()) assert.equal(answer.sha256, index % 2 ? whole : eight);
});

test('an empty file is an empty response; what is not there, is hidden or leads out of the folder is 404', async () => {
  await using host = await start();
  assert.equal((await exchange(host, 'GET', '/empty.bin')).bytes, 0);
  for (const path of ['/none.bin', '/.hidden', '/..%2f..%2fetc%2fpasswd', '/'])
    assert.equal((await exchange(host, 'GET', path)).status, 404, path);
  assert.equal((await exchange(host, 'DELETE', '/big.bin')).status, 405);
});

test('a client that leaves in the midst of a transfer costs its own request alone: the file is closed, and the next one is served', async () => {
  await using host = await start();
  const leaving = request(`${host.url}/big.bin`).end();
  const [response] = await once(leaving, 'response');
  await once(response, 'data');
  leaving.destroy();
  const upload = request(host.url, { method: 'PUT' });
  upload.on('error', () => {});
  upload.write(BLOCK);
  await once(upload, 'response');
  upload.destroy();
  assert.equal((await exchange(host, 'GET', '/big.bin')).sha256, await sha256());
  await host.stop(); // waits for what is left of both
  assert.deepEqual(await openFiles(), []);
  assert.deepEqual(
    host.log.filter(({ level }) => level === 'error'),
    [],
  );
});

function start() {
  return startTestHost({ extension: transferExtension({ folder }) });
}

/** A request whose response is read while its body is sent. */
async function exchange(host, method, path, body = Readable.from([]), headers = {}) {
  const sending = request(`${host.url}${path}`, { method, headers: { connection: 'close', ...headers } });
  const [[response]] = await Promise.all([once(sending, 'response'), method === 'GET' ? sending.end() : pipelineStarted(body, sending)]);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of response) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { status: response.statusCode, headers: response.headers, bytes, sha256: hash.digest('hex') };
}

/** The upload goes on beside the response, whose reader finds out when it breaks. */
function pipelineStarted(body, sending) {
  pipeline(body, sending).catch((error) => sending.destroy(error));
}

function* blocks(count = SIZE / MIB) {
  for (let index = 0; index < count; index++) {
    const block = Buffer.from(BLOCK);
    block.writeUInt32LE(index); // no two blocks are alike: one that is lost, twice there or out of place shows
    yield block;
  }
}

async function sha256(count) {
  const hash = createHash('sha256');
  for (const block of blocks(count)) hash.update(block);
  return hash.digest('hex');
}

/** Files of the folder that this process has open. */
async function openFiles() {
  const links = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return links.filter((path) => path.startsWith(folder));
}
