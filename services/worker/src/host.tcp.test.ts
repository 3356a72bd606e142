import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';
import { openTcpBridge } from './testing/tcp-bridge.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

const ECHO = `
const net = require('node:net');
const server = net.createServer((socket) => socket.pipe(socket));
server.listen(process.env.PORT, () => console.log('on', server.address().port));
process.on('SIGTERM', () => { console.log('SIGTERM'); server.close(() => { console.log('closed'); process.exit(); }); });
globalThis[Symbol.for('baton.host')].on('draining', (deadline) => console.log('draining', deadline - Date.now() > 40_000));
`;

const TCP_ONLY = { ports: [], tcpPorts: [9000] };

async function hosted(app: string, entry = 'app.js'): Promise<Harness> {
  const harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', entry), app);
  return harness;
}

async function say(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return String((await once(socket, 'data'))[0]);
}

test('an unmodified net server gets connections of its tcp binding, hears the drain, and its SIGTERM after the last of them', async () => {
  await using adapter = await openAdapter({ protocol: 'tcp' });
  await using harness = await hosted(ECHO);
  await harness.start('w1', { ...(await adapter.startFields()), bindings: TCP_ONLY, shutdownTimeLimitMs: 60_000 });
  const session = await adapter.connected;
  await using bridge = await openTcpBridge(session);
  const [one, two] = [connect(bridge.port, '127.0.0.1'), connect(bridge.port, '127.0.0.1')];
  assert.equal(await say(one, 'first'), 'first');
  assert.equal(await say(two, 'second'), 'second');
  await harness.stop('w1', { limitMs: 60_000, cause: 'recycle', successorWorkerId: 'w2' });
  await until(() => harness.lines('w1').includes('draining true'), 10_000, 'the app to hear of the drain');
  assert.equal(await say(one, 'goes on'), 'goes on');
  one.end();
  await once(one, 'close');
  assert.equal(await say(two, 'still'), 'still');
  assert.ok(!harness.lines('w1').includes('SIGTERM'), 'a connection is open');
  two.end();
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.deepEqual([exit?.planned, exit?.errorCode, exit?.code], [true, '', 0], exit?.message);
  assert.deepEqual(harness.lines('w1'), ['on 9000', 'draining true', 'SIGTERM', 'closed']);
});

test('connections that do not end have until the limit of the stop order, however far it is beyond the one of the start', async () => {
  await using adapter = await openAdapter({ protocol: 'tcp' });
  await using harness = await hosted(ECHO);
  await harness.start('w1', { ...(await adapter.startFields()), bindings: TCP_ONLY, shutdownTimeLimitMs: 500 });
  await using bridge = await openTcpBridge(await adapter.connected);
  const client = connect(bridge.port, '127.0.0.1');
  client.on('error', () => {});
  assert.equal(await say(client, 'open'), 'open');
  const beganAt = performance.now();
  await harness.stop('w1', { limitMs: 4_000, cause: 'recycle' });
  const { exit } = await harness.was.state('w1', 'EXITED', 20_000);
  assert.ok(performance.now() - beganAt > 2_500, 'it had its whole time');
  assert.equal(exit?.planned, true);
  assert.ok(harness.lines('w1').includes('SIGTERM'), String(harness.lines('w1')));
});

test('an open connection keeps a worker busy: it wishes to be put away only when it has ended', async () => {
  await using adapter = await openAdapter({ protocol: 'tcp' });
  await using harness = await hosted(ECHO);
  await harness.start('w1', { ...(await adapter.startFields()), bindings: TCP_ONLY, idleTimeoutMs: 300 });
  await using bridge = await openTcpBridge(await adapter.connected);
  const client = connect(bridge.port, '127.0.0.1');
  assert.equal(await say(client, 'open'), 'open');
  // several times as long as the idle timeout
  const until1500 = performance.now() + 1_500;
  await until(() => performance.now() > until1500, 10_000, 'time to pass');
  assert.equal(harness.was.all('wish').length, 0);
  assert.equal(await say(client, 'still'), 'still');
  client.end();
  await until(() => harness.was.all('wish').length > 0, 10_000, 'the wish to be put away');
});

test('an app with http and tcp bindings is ready when both are taken, and each protocol has its own server', async () => {
  const app = `
const net = require('node:net');
require('node:http').createServer((request, response) => response.end('http ' + request.url)).listen(8080);
setTimeout(() => net.createServer((socket) => socket.end('tcp ' + socket.localPort)).listen(9000), 200);
setTimeout(() => net.createServer((socket) => socket.end('admin ' + socket.localPort)).listen(9001), 100);
`;
  await using http = await openAdapter();
  await using tcp = await openAdapter({ protocol: 'tcp', adapterId: 'a2', keys: http.keys });
  await using harness = await hosted(app);
  await harness.start('w1', { ...(await http.startFields()), bindings: { ports: [8080], tcpPorts: [9000, 9001] } });
  assert.equal(await get(await http.connected, '/x'), 'http /x');
  await harness.connect('w1', 1, { adapterId: 'a2', ...(await tcp.startFields()) });
  const session = await tcp.connected;
  for (const [localPort, answer] of [
    [9000, 'tcp 9000'],
    [9001, 'admin 9001'],
  ] as const) {
    await using bridge = await openTcpBridge(session, { localPort });
    const client = connect(bridge.port, '127.0.0.1');
    assert.equal(String((await once(client, 'data'))[0]), answer);
    await once(client, 'close');
  }
});

test('an exported handleConnection takes connections of tcp, and of any other protocol with what its adapter tells', async () => {
  const app = `
export function handleConnection(connection) {
  let read = '';
  connection.on('data', (chunk) => { read += chunk; });
  connection.on('end', () => connection.end([connection.protocol, connection.binding, connection.facts.from, connection.remoteAddress, read].join(' ')));
}
`;
  for (const [protocol, url, bindings] of [
    ['tcp', 'tcp://*:9000', TCP_ONLY],
    ['udp', 'udp://*:5300', { ports: [], otherBindings: ['udp://*:5300'] }],
  ] satisfies [string, string, object][]) {
    await using adapter = await openAdapter({ protocol });
    await using harness = await hosted(app, 'app.mjs');
    await harness.start('w1', { ...(await adapter.startFields()), entry: 'app.mjs', bindings: bindings });
    const facts = { protocol, url, method: protocol.toUpperCase(), headers: ['From', 'far'] };
    await using bridge = await openTcpBridge(await adapter.connected, facts);
    const client = connect({ port: bridge.port, host: '127.0.0.1', allowHalfOpen: true });
    client.end('datagram');
    assert.equal(String((await once(client, 'data'))[0]), `${protocol} ${url} far 127.0.0.1 datagram`);
  }
});
