import assert from 'node:assert/strict';
import { generateKeyPair } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AdapterSession, ChannelServer, channelServerOptions, signIdentity, verifyIdentity } from '@baton/channel';
import { defer, until } from '@baton/core';
import { control, create } from '@baton/proto';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { childrenOf, Harness, isRunning, startHostProcess } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

const APP = `
const http = require('node:http');
console.log('loading in ' + process.cwd());
http.createServer((request, response) => response.end('hello ' + request.url + ' from ' + process.env.GREETER)).listen(process.env.PORT, () => console.log('listening'));
`;

test('an unmodified app runs in the real child, answers over its channel, and ends on a stop order', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN, spares: 1 });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  await using adapter = await openAdapter();
  await until(() => harness.host.readySpares() === 1);
  const blob = Buffer.from(
    JSON.stringify({ v: 1, adapterId: 'a1', channelId: 1, pool: 'shop', protocol: 'http', endpoints: [adapter.address], secret: 's' }),
  );
  const value = create(control.StartSchema, {
    app: { appKey: 'shop', entry: 'app.js', ports: [8080] },
    role: 'activation',
    identityToken: await adapter.sign(),
    channels: [{ adapterId: 'a1', channelId: 1, protocolId: 'http', blob }],
    startupTimeLimitMs: 20_000,
    shutdownTimeLimitMs: 5_000,
    environment: { GREETER: { source: { case: 'literal', value: 'baton' } } },
  });
  await harness.order('w1', { verb: { case: 'start', value } });
  const report = await harness.was.state('w1', 'CONNECTED', 20_000);
  assert.equal(report.fromSpare, true);
  assert.equal((await readFile(`/proc/${report.pid}/cmdline`, 'latin1')).replace(/\0+$/, ''), 'baton w1 pool=shop gen=1');
  const session = await adapter.connected;
  assert.equal(await get(session, '/cart'), 'hello /cart from baton');
  await until(() => harness.lines('w1').includes('listening'));

  await harness.stop('w1', { limitMs: 5_000, cause: 'idle' });
  session.drain();
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, '', exit?.message);
  assert.equal(exit?.planned, true);
  assert.equal(await isRunning(report.pid), false);
});

test('an app that throws, one that ends and one that never listens are told apart by the real child', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const apps = join(harness.dir, 'apps');
  await writeFile(join(apps, 'throws.js'), "throw new Error('no database');");
  await writeFile(join(apps, 'ends.js'), "console.log('done');");
  await writeFile(join(apps, 'waits.js'), 'setInterval(() => undefined, 1000);');
  await harness.start('w1', { entry: 'throws.js', channels: [] });
  await harness.start('w2', { entry: 'ends.js', channels: [] }, { slot: 'shop/2' });
  await harness.start('w3', { entry: 'waits.js', channels: [], startupTimeLimitMs: 2_000 }, { slot: 'shop/3' });
  const threw = (await harness.was.state('w1', 'EXITED')).exit;
  assert.equal(threw?.errorCode, 'APP_THREW');
  assert.match(threw?.message ?? '', /no database/);
  assert.equal((await harness.was.state('w2', 'EXITED')).exit?.errorCode, 'APP_EXITED');
  assert.equal((await harness.was.state('w3', 'EXITED')).exit?.errorCode, 'APP_DID_NOT_LISTEN');
});

test('children and spares end by themselves when their host is killed', async () => {
  await using harness = await Harness.open();
  await harness.host.close(AbortSignal.timeout(5_000));
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  const host = await startHostProcess({ ...harness.settings, childMain: CHILD_MAIN, spares: 1 });
  await harness.start('w1', { channels: [] });
  const { pid } = await harness.was.state('w1', 'CONNECTED');
  const pids = await until(async () => {
    const found = await childrenOf(host.pid!);
    return found.length === 2 ? found : undefined;
  });
  assert.ok(pids.includes(pid));
  host.kill('SIGKILL');
  for (const child of pids) await until(async () => !(await isRunning(child)), 10_000, `the end of ${child}`);
});

/** The adapter's end of one channel on a real socket. */
async function openAdapter() {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('ed25519');
  const connected = defer<AdapterSession>();
  const publicJwk = publicKey.export({ format: 'jwk' });
  const channels = new ChannelServer({
    findChannel: () => ({ secret: 's', poolIdentity: 'shop', pool: 'shop' }),
    verifyToken: (token) => verifyIdentity(publicJwk as Parameters<typeof verifyIdentity>[0], token),
    events: { onConnected: connected.resolve, onLeaving: (session) => session.drain(), onSuspended() {}, onResumed() {}, onClosed() {} },
  });
  const server = new Server(channelServerOptions);
  server.addService(channels.service.definition, channels.service.implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const identity = {
    workerId: 'w1',
    poolIdentity: 'shop',
    pool: 'shop',
    slot: 'shop/1',
    generation: 1,
    channels: ['a1/1'],
    role: 'activation',
  } as const;
  const privateJwk = privateKey.export({ format: 'jwk' }) as Parameters<typeof signIdentity>[0];
  return {
    address: `127.0.0.1:${port}`,
    connected: connected.promise,
    sign: () => signIdentity(privateJwk, identity, 60_000),
    async [Symbol.asyncDispose]() {
      channels.close();
      server.forceShutdown();
    },
  };
}

function get(session: AdapterSession, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const where = { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 8080, encrypted: false };
    const head = {
      protocol: 'http',
      appKey: 'shop',
      method: 'GET',
      url,
      httpVersion: '1.1',
      headers: ['Host', 'localhost'],
      deadlineMs: 0,
      ...where,
    } as const;
    session.open(head, true, {
      onInterim() {},
      onHead() {},
      onData: (chunk) => chunks.push(chunk),
      onEnd: () => resolve(Buffer.concat(chunks).toString()),
      onReset: (cause, text) => reject(new Error(`${cause}: ${text}`)),
      onCredit() {},
    });
  });
}
