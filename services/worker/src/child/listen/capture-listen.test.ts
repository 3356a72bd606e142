import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { ListenCapture } from './capture-listen.ts';
import { Claims } from './claims.ts';

/** Captures with port 8080 as the binding's; what happened in order. */
function capture() {
  const told: string[] = [];
  const names = new Map<unknown, string>();
  const claims = new Claims('http', [8080], {
    onBound: (server) => told.push(`bound ${names.get(server)}`),
    onUnbound: () => told.push('unbound'),
    onMoved: (server) => told.push(`moved ${names.get(server)}`),
  });
  const app = { claims: [claims] };
  const onExtra = (wanted: string): void => void told.push(`extra ${wanted}`);
  const installed = new ListenCapture({ apps: [app], current: () => app, onExtra }).install();
  const server = (name: string): Server => {
    const made = createServer();
    names.set(made, name);
    return made;
  };
  return { claims, told, server, [Symbol.dispose]: () => installed[Symbol.dispose]() };
}

const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port;

test('a listen on the binding takes it at once and behaves like one', async () => {
  using stage = capture();
  const server = stage.server('app').listen(8080, '0.0.0.0');
  assert.equal(server.listening, true);
  await once(server, 'listening');
  assert.deepEqual(server.address(), { address: '0.0.0.0', family: 'IPv4', port: 8080 });
  assert.deepEqual(stage.told, ['bound app']);
  server.ref().unref();
  assert.throws(() => server.listen(8080), { code: 'ERR_SERVER_ALREADY_LISTEN' });
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(stage.told, ['bound app', 'unbound']);
  assert.equal(server.address(), null);
});

test('a listen on another port gets the binding only when the main module has run', async () => {
  using stage = capture();
  const server = stage.server('app').listen(3000);
  await once(server, 'listening');
  assert.equal(portOf(server), 8080);
  assert.deepEqual(stage.told, []);
  stage.claims.appLoaded();
  assert.deepEqual(stage.told, ['bound app']);
  server.close();
});

test('the server that asks for the binding by its port displaces one that had it for want of a better', async () => {
  using stage = capture();
  const metrics = stage.server('metrics').listen(9464);
  await once(metrics, 'listening');
  const again = once(metrics, 'listening');
  const app = stage.server('app').listen(8080);
  await once(app, 'listening');
  await again;
  assert.notEqual(portOf(metrics), 8080);
  assert.deepEqual(stage.told, ['bound app', 'extra *:9464']);
  metrics.close();
  app.close();
});

test('one that was served already is served no more', async () => {
  using stage = capture();
  const metrics = stage.server('metrics').listen(9464);
  await once(metrics, 'listening');
  stage.claims.appLoaded();
  const again = once(metrics, 'listening');
  const app = stage.server('app').listen(8080);
  await once(app, 'listening');
  await again;
  assert.deepEqual(stage.told, ['bound metrics', 'moved metrics', 'bound app', 'extra *:9464']);
  metrics.close();
  app.close();
});

test('a server that is not HTTP never takes the binding', async () => {
  using stage = capture();
  const server = net.createServer().listen(8080);
  await once(server, 'listening');
  assert.notEqual(portOf(server), 8080);
  assert.deepEqual(stage.told, ['extra *:8080']);
  server.close();
});

test('a path becomes a loopback port, an ephemeral port stays one', async () => {
  using stage = capture();
  const app = stage.server('app').listen(8080);
  const path = stage.server('path').listen('/nowhere/to/be.sock');
  await once(path, 'listening');
  assert.deepEqual((path.address() as net.AddressInfo).address, '127.0.0.1');
  const ephemeral = stage.server('ephemeral').listen(0, '127.0.0.1');
  await once(ephemeral, 'listening');
  assert.deepEqual(stage.told, ['bound app', 'extra /nowhere/to/be.sock', 'extra 127.0.0.1:0']);
  for (const server of [app, path, ephemeral]) server.close();
});

test('an aborted signal closes the server', async () => {
  using stage = capture();
  const stop = new AbortController();
  const server = stage.server('app').listen({ port: 8080, signal: stop.signal });
  await once(server, 'listening');
  const closed = once(server, 'close');
  stop.abort();
  await closed;
});

test('a server closed before it said listening has never had the binding', async () => {
  using stage = capture();
  const server = stage.server('app').listen(8080);
  server.close();
  await once(server, 'close');
  assert.deepEqual(stage.told, []);
  assert.equal(stage.claims.isClaimed, false);
});

test('a wrong port is refused as Node refuses it', () => {
  using stage = capture();
  assert.throws(() => stage.server('app').listen(70_000), { code: 'ERR_SOCKET_BAD_PORT' });
});
