import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FakeSession } from '@baton/adapter-kit/testing';
import { startAdapter } from '../testing/harness.ts';
import { LineFile } from './access-log.ts';
import { putMs, putNumber, putText } from './put.ts';

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'baton-access-log-'));
});
after(() => rm(directory, { recursive: true }));

const linesOf = async (file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const requestsOf = async (file: string): Promise<Record<string, unknown>[]> =>
  (await linesOf(file)).filter(({ type }) => type === undefined);

describe('the access log', () => {
  it('has one JSON line for each request, with everything an operator asks for', async () => {
    const file = join(directory, 'all.log');
    await using h = await startAdapter({ adapter: { accessLog: file } });
    const client = await h.client();
    client.get('/a?b="c"\\', 'x-request-id: id-1\r\n');
    (await h.worker.request()).answer('hello', 404);
    await client.until(/hello$/);
    await h.adapter.accessLog?.flushed();
    const [line] = await requestsOf(file);
    const { time, durationMs, waitMs, ...rest } = line!;
    assert.deepEqual(rest, {
      requestId: 'id-1',
      client: '127.0.0.1',
      scheme: 'http',
      version: '1.1',
      method: 'GET',
      host: 'shop.example',
      path: '/a?b="c"\\',
      status: 404,
      bytes: 5,
      pool: 'shop',
      app: 'shop',
      slot: 'shop/1',
      worker: 'w1',
      generation: 1,
      n: 2,
    });
    assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 5_000, String(time));
    assert.ok(Number(durationMs) >= Number(waitMs) && Number(durationMs) < 5_000);
  });

  it('names the code of a refusal and of a client that left', async () => {
    const file = join(directory, 'errors.log');
    await using h = await startAdapter({ adapter: { accessLog: file }, isCold: true, limits: { queueTimeoutMs: 100 } });
    const client = await h.client();
    client.get('/1');
    await client.until(/QUEUE_TIMEOUT/);
    client.get('/2');
    client.socket.destroy();
    const other = await h.client();
    other.send('GET /3 HTTP/1.0\r\n\r\n');
    await other.ended();
    await h.adapter.accessLog?.flushed();
    const lines = await requestsOf(file);
    const found = Object.fromEntries(lines.map(({ path, status, error, worker }) => [path, [status, error, worker]]));
    assert.deepEqual(found['/1'], [503, 'QUEUE_TIMEOUT', null]);
    if (found['/2']) assert.deepEqual(found['/2'], [499, 'CLIENT_CLOSED', null]);
    assert.deepEqual(found['/3'], [503, 'QUEUE_TIMEOUT', null]);
  });

  it('says in one row of numbers who was eligible and who got what', async () => {
    const file = join(directory, 'handover.log');
    await using h = await startAdapter({ adapter: { accessLog: file } });
    const client = await h.client();
    client.get('/old');
    const old = await h.worker.request();
    const next = new FakeSession({ generation: 2, role: 'replacement:r1' });
    h.pool.place.connected(next);
    h.adapter.handover('shop', { recycleId: 'r1', slot: 'shop/1', from: 'w1', to: 'w2', onlyIfIdle: false });
    old.answer();
    await client.until(/ok$/);
    client.take();
    client.get('/new');
    (await next.request()).answer();
    await client.until(/ok$/);
    h.adapter.instanceGone('shop', 'shop/1', 'w2', 'exit code 1', false);
    await h.adapter.accessLog?.flushed();
    const lines = await linesOf(file);
    const about = { type: 'handover', pool: 'shop', channel: 'a1/1', slot: 'shop/1' };
    assert.deepEqual(
      lines.map(({ type, time, pool, channel, slot, recycle, from, to, inFlight, n, path, worker }) => {
        assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 5_000, String(time));
        return type ? { type, pool, channel, slot, recycle, from, to, inFlight, n } : { path, worker, slot, n };
      }),
      [
        { ...about, recycle: '', from: '', to: 'w1', inFlight: 0, n: 1 },
        { ...about, recycle: 'r1', from: 'w1', to: 'w2', inFlight: 1, n: 3 },
        { path: '/old', worker: 'w1', slot: 'shop/1', n: 2 },
        { path: '/new', worker: 'w2', slot: 'shop/1', n: 4 },
        { ...about, recycle: '', from: 'w2', to: '', inFlight: 0, n: 5 },
      ],
    );
  });

  it('cuts a very long target, and the line stays JSON', async () => {
    const file = join(directory, 'long.log');
    await using h = await startAdapter({ adapter: { accessLog: file } });
    const client = await h.client();
    client.get(`/${'"'.repeat(10_000)}`);
    (await h.worker.request()).answer();
    await client.until(/ok$/);
    await h.adapter.accessLog?.flushed();
    const [line] = await requestsOf(file);
    assert.equal(line?.path, `/${'"'.repeat(2_999)}`);
  });

  it('has a line for bytes that never became a request', async () => {
    const file = join(directory, 'faults.log');
    await using h = await startAdapter({ adapter: { accessLog: file }, limits: { maxHeaderBytes: 1000 } });
    for (const bytes of ['GARBAGE\r\n\r\n', `GET / HTTP/1.1\r\nX: ${'a'.repeat(1000)}\r\n`]) {
      const client = await h.client();
      client.send(bytes);
      await client.ended();
    }
    await h.adapter.accessLog?.flushed();
    const lines = await requestsOf(file);
    assert.deepEqual(
      lines.map(({ status, error, client, path, reason }) => [status, error, client, path, reason]),
      [
        [400, 'BAD_REQUEST', '127.0.0.1', null, 'unknown method'],
        [431, 'HEADERS_TOO_LARGE', '127.0.0.1', null, 'the head is larger than 1000 bytes'],
      ],
    );
    assert.ok(Math.abs(Date.parse(String(lines[0]?.time)) - Date.now()) < 5_000);
  });

  it('has one line for a request whose body is refused, with the code of the refusal', async () => {
    const file = join(directory, 'body.log');
    await using h = await startAdapter({ adapter: { accessLog: file } });
    const client = await h.client();
    client.send('POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await h.worker.request();
    client.send('zz\r\n');
    await client.ended();
    await h.adapter.accessLog?.flushed();
    const lines = await requestsOf(file);
    assert.deepEqual(
      lines.map(({ path, status, error }) => [path, status, error]),
      [['/up', 400, 'BAD_REQUEST']],
    );
  });

  it('names no pool when nothing has the route', async () => {
    const file = join(directory, 'unrouted.log');
    await using h = await startAdapter({ adapter: { accessLog: file }, application: { bindings: ['http://shop.example:0/shop/'] } });
    const client = await h.client();
    client.get('/other');
    await client.until(/NO_ROUTE/);
    await h.adapter.accessLog?.flushed();
    const [line] = await requestsOf(file);
    assert.deepEqual([line?.status, line?.error, line?.pool, line?.worker], [404, 'NO_ROUTE', null, null]);
    assert.equal(h.adapter.unrouted, 1);
  });
});

function write(file: LineFile, line: string): void {
  const at = file.reserve(line.length);
  if (at >= 0) file.commit(putText(file.block, at, line));
}

describe('a line file', () => {
  it('keeps order and every line over many blocks', async () => {
    const name = join(directory, 'blocks.log');
    const file = new LineFile(name);
    for (let n = 0; n < 50_000; n++) write(file, `{"n":${n}}\n`);
    await file.close();
    const lines = await linesOf(name);
    assert.equal(lines.length, 50_000);
    assert.ok(lines.every(({ n }, index) => n === index));
  });

  it('drops and counts lines when nobody takes them', async () => {
    const file = new LineFile(join(directory, 'full.log'));
    const line = `${'x'.repeat(200_000)}\n`;
    for (let n = 0; n < 400; n++) write(file, line);
    assert.ok(file.dropped > 100, `${file.dropped} dropped`);
    await file.close();
  });

  it('says which file cannot be opened', () => {
    assert.throws(() => new LineFile(join(directory, 'no', 'such', 'directory')), { code: 'CONFIG_UNREADABLE' });
  });
});

describe('numbers in a line', () => {
  const text = (put: (bytes: Uint8Array) => number): string => {
    const bytes = Buffer.alloc(40);
    return bytes.toString('latin1', 0, put(bytes));
  };
  for (const value of [0, 7, 10, 99, 100, 12_345, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
    it(`are written whole: ${value}`, () =>
      assert.equal(
        text((bytes) => putNumber(bytes, 0, value)),
        String(value),
      ));
  }
  for (const [value, expected] of [
    [0, '0.000'],
    [0.0004, '0.000'],
    [0.0505, '0.051'],
    [1.9996, '2.000'],
    [12_345.678, '12345.678'],
    [-0.001, '0.000'],
  ] as const) {
    it(`are written with microseconds: ${value}`, () =>
      assert.equal(
        text((bytes) => putMs(bytes, 0, value)),
        expected,
      ));
  }
});
