import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { until } from '@baton/core';
import { freePort, makeCertificate } from '@baton/core/testing';
import { type CallOptions, Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type Cluster, fixture, startCluster } from '../support/index.ts';

const same = (bytes: Buffer): Buffer => bytes;
const ANY_SIZE = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
const LIMIT_MS = 20_000;

interface Ended {
  readonly error: ServiceError | null;
  readonly answer: Buffer | undefined;
  readonly initial: Metadata | undefined;
  readonly trailing: Metadata | undefined;
}

/** A unary call to its end. */
function call(
  client: Client,
  name: string,
  message: string | Buffer,
  metadata = new Metadata(),
  options: CallOptions = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    let initial: Metadata | undefined;
    let trailing: Metadata | undefined;
    let ended: { error: ServiceError | null; answer: Buffer | undefined } | undefined;
    const done = (): void => {
      if (ended && trailing) resolve({ ...ended, initial, trailing });
    };
    const deadline = Date.now() + LIMIT_MS;
    const made = client.makeUnaryRequest(
      `/test.Service/${name}`,
      same,
      same,
      Buffer.from(message as string),
      metadata,
      { deadline, ...options },
      (error, answer) => {
        ended = { error, answer };
        done();
      },
    );
    made.on('metadata', (found) => {
      initial = found;
    });
    made.on('status', (found) => {
      trailing = found.metadata;
      done();
    });
  });
}

describe('a stock gRPC server, hosted, with its stock client', () => {
  let dir = '';
  let cert = '';
  let cluster: Cluster;
  let tlsPort = 0;
  let plain: Client;
  let secure: Client;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'baton-grpc-'));
    const made = makeCertificate(['localhost', '127.0.0.1']);
    cert = made.cert;
    writeFileSync(join(dir, 'tls.crt'), made.cert);
    writeFileSync(join(dir, 'tls.key'), made.key);
    tlsPort = await freePort();
    const config = (port: number): string => `apiVersion: baton/v1
tls: [{ host: localhost, cert: ${join(dir, 'tls.crt')}, key: ${join(dir, 'tls.key')} }]
pools: [{ name: app }]
apps:
  - name: app
    pool: app
    entry: ${fixture('grpc.cjs')}
    bindings: ["http://*:${port}/", "https://localhost:${tlsPort}/"]
`;
    cluster = await startCluster({ config });
    plain = new Client(`127.0.0.1:${cluster.port}`, credentials.createInsecure(), ANY_SIZE);
    secure = new Client(`localhost:${tlsPort}`, credentials.createSsl(Buffer.from(cert)), ANY_SIZE);
  });
  after(async () => {
    plain?.close();
    secure?.close();
    await cluster?.[Symbol.asyncDispose]();
    if (dir) rmSync(dir, { recursive: true });
  });
  const clients = { 'without TLS': () => plain, 'in TLS': () => secure };
  for (const [way, client] of Object.entries(clients)) {
    it(`answers unary calls with metadata of both kinds, ${way}`, async () => {
      const metadata = new Metadata();
      metadata.add('x-sent', 'one');
      metadata.add('x-sent', 'two');
      metadata.set('x-bin', Buffer.from([0, 255, 10]));
      const { error, answer, initial, trailing } = await call(client(), 'Unary', 'hello', metadata);
      assert.equal(error, null);
      assert.equal(String(answer), 'hello');
      assert.equal(String(initial?.get('x-got')[0]).replace(/\s/g, ''), 'one,two');
      assert.match(String(initial?.get('x-peer')[0]), /^(127\.0\.0\.1|\[?::1\]?):\d+$/);
      assert.deepEqual(initial?.get('x-back-bin')[0], Buffer.from([0, 255, 10]));
      assert.match(String(trailing?.get('x-pid')[0]), /^\d+$/);
    });

    it(`streams from the client, to it, and both ways, ${way}`, async () => {
      const deadline = Date.now() + LIMIT_MS;
      const total = await new Promise<string>((resolve, reject) => {
        const sum = client().makeClientStreamRequest('/test.Service/Sum', same, same, { deadline }, (error, answer) =>
          error ? reject(error) : resolve(String(answer)),
        );
        for (let n = 0; n < 100; n++) sum.write(Buffer.alloc(1_000));
        sum.end();
      });
      assert.equal(total, '100000');

      const numbers: string[] = [];
      const count = client().makeServerStreamRequest('/test.Service/Count', same, same, Buffer.from('2000'), { deadline });
      for await (const message of count) numbers.push(String(message));
      assert.deepEqual([numbers.length, numbers[0], numbers.at(-1)], [2_000, '0', '1999']);

      const talk = client().makeBidiStreamRequest('/test.Service/Talk', same, same, { deadline });
      for (let n = 0; n < 20; n++) {
        talk.write(Buffer.from(`m${n}`));
        const [back] = (await once(talk, 'data')) as [Buffer];
        assert.equal(String(back), `m${n}!`);
      }
      talk.end();
      talk.resume();
      const [ended] = (await once(talk, 'status')) as [{ code: number }];
      assert.equal(ended.code, status.OK);
    });

    it(`carries a message of 20 MiB, ${way}`, async () => {
      const large = Buffer.alloc(20 * 1_048_576, 'baton');
      const { error, answer } = await call(client(), 'Unary', large);
      assert.equal(error, null);
      assert.ok(answer?.equals(large));
    });

    it(`carries the statuses of errors, ${way}`, async () => {
      for (const code of [status.NOT_FOUND, status.PERMISSION_DENIED, status.UNAVAILABLE, status.DATA_LOSS]) {
        const { error, trailing } = await call(client(), 'Fail', String(code));
        assert.deepEqual([error?.code, error?.details], [code, 'as asked for: é']);
        assert.equal(trailing?.get('x-why')[0], 'asked for');
      }
      const unknown = await call(client(), 'Nothing', '');
      assert.equal(unknown.error?.code, status.UNIMPLEMENTED);
    });

    it(`tells the app of deadlines and of calls that are taken back, ${way}`, async () => {
      const told = async (): Promise<number> => Number(String((await call(client(), 'Cancelled', '')).answer));
      const first = await told();
      const late = await call(client(), 'Hang', '', new Metadata(), { deadline: Date.now() + 300 });
      assert.equal(late.error?.code, status.DEADLINE_EXCEEDED);
      await until(async () => (await told()) === first + 1, LIMIT_MS, 'the app to hear of the deadline', 20);
      const code = await new Promise<number | undefined>((resolve) => {
        const made = client().makeUnaryRequest('/test.Service/Hang', same, same, Buffer.alloc(0), (error) => resolve(error?.code));
        setTimeout(() => made.cancel(), 200);
      });
      assert.equal(code, status.CANCELLED);
      await until(async () => (await told()) === first + 2, LIMIT_MS, 'the app to hear that it was taken back', 20);
    });
  }

  it('says UNAVAILABLE when its worker is killed, and answers from the next one', async () => {
    const { trailing } = await call(plain, 'Unary', 'x');
    const hanging = call(plain, 'Hang', '');
    await until(
      async () => (await cluster.workers()).some((row) => (row as unknown as { inFlight: number }).inFlight > 0),
      LIMIT_MS,
      'the call to be in the app',
    );
    process.kill(Number(trailing?.get('x-pid')[0]), 'SIGKILL');
    assert.equal((await hanging).error?.code, status.UNAVAILABLE);
    const next = await call(plain, 'Unary', 'again');
    assert.equal(String(next.answer), 'again');
    assert.notEqual(next.trailing?.get('x-pid')[0], trailing?.get('x-pid')[0]);
  });

  it('is reached over HTTP/1.1 too, by a client that is no client of gRPC', async () => {
    const version = await new Promise<string>((resolve, reject) => {
      get(
        { host: '127.0.0.1', servername: 'localhost', port: tlsPort, path: '/', ca: cert, agent: false, headers: { host: 'localhost' } },
        (response) => {
          response.resume();
          resolve(`${response.httpVersion} ${response.statusCode}`);
        },
      ).on('error', reject);
    });
    assert.equal(version, '1.1 415');
  });
});

test('one secure port speaks HTTP/2 and HTTP/1.1 with an app that knows only HTTP/1.1, across a recycle', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'baton-h2-'));
  const { cert, key } = makeCertificate(['localhost']);
  writeFileSync(join(dir, 'tls.crt'), cert);
  writeFileSync(join(dir, 'tls.key'), key);
  await using cluster = await startCluster({
    config: (port) => `apiVersion: baton/v1
tls: [{ host: "*", cert: ${join(dir, 'tls.crt')}, key: ${join(dir, 'tls.key')} }]
pools: [{ name: app }]
apps: [{ name: app, pool: app, entry: ${fixture('cluster-app.js')}, bindings: ["https://*:${port}/"] }]
`,
  });
  const session = connect(`https://localhost:${cluster.port}`, { ca: cert });
  const ask = async (): Promise<string> => {
    const stream = session.request({ ':path': '/' });
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (part: string) => {
      text += part;
    });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    await once(stream, 'close');
    return `${headers[':status']} ${text.length > 0}`;
  };
  assert.equal(await ask(), '200 true');
  const asked: Promise<string>[] = [];
  const timer = setInterval(() => asked.push(ask()), 20);
  await cluster.baton('pool', 'recycle', 'app', '--wait');
  clearInterval(timer);
  for (const answer of await Promise.all(asked)) assert.equal(answer, '200 true');
  assert.ok(asked.length > 3);
  assert.equal(session.closed, false, 'a recycle closes no connection of HTTP/2');
  session.close();
  rmSync(dir, { recursive: true });
});
