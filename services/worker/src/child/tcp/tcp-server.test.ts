import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import net, { type Server, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { until } from '@baton/core';
import { dial, overChannel } from '../testing/over-channel.ts';

suite('the server of the app keeps its rules', () => {
  test('beyond maxConnections a connection is closed at once, and told as a drop', async () => {
    const server = net.createServer((socket) => socket.resume());
    server.maxConnections = 1;
    const drops: unknown[] = [];
    server.on('drop', (facts) => drops.push(facts));
    await using reached = await overChannel(server);
    const first = dial(reached);
    await once(server, 'connection');
    const second = dial(reached).resume();
    await once(second, 'end');
    assert.deepEqual(drops, [
      {
        localAddress: '127.0.0.1',
        localPort: 9000,
        localFamily: 'IPv4',
        remoteAddress: '127.0.0.1',
        remotePort: second.localPort,
        remoteFamily: 'IPv4',
      },
    ]);
    first.end();
    await until(() => reached.tally.inFlight === 0, 10_000, 'nothing in flight');
    const third = dial(reached).resume();
    await once(server, 'connection');
    third.destroy();
  });

  test('an address of its block list is closed unseen', async () => {
    const blockList = new net.BlockList();
    blockList.addAddress('127.0.0.1');
    const server = net.createServer({ blockList }, () => assert.fail('it was let in'));
    await using reached = await overChannel(server);
    await once(dial(reached).resume(), 'end');
    assert.equal(await connections(server), 0);
  });

  test('close waits for the connections there are, which go on, and the next one is given back as not begun', async () => {
    const server = net.createServer((socket) => socket.pipe(socket));
    await using reached = await overChannel(server);
    const client = dial(reached);
    await once(server, 'connection');
    assert.equal(await connections(server), 1);
    let isClosed = false;
    server.close(() => {
      isClosed = true;
    });
    client.write('still');
    assert.equal(String((await once(client, 'data'))[0]), 'still');
    const late = dial(reached);
    assert.equal((await once(late, 'error'))[0].code, 'ECONNRESET');
    assert.equal(isClosed, false);
    client.end();
    await until(() => isClosed, 10_000, 'the callback of close');
  });

  test('what is sent meanwhile is given to a server that was closed in a drain, and its close waits for the release', async () => {
    const server = net.createServer((socket) => socket.end('served'));
    await using reached = await overChannel(server);
    reached.service.detach({ isHeld: true, serves: true });
    (server as unknown as { _handle: unknown })._handle = null;
    let isClosed = false;
    server.once('close', () => {
      isClosed = true;
    });
    const [bytes] = await once(dial(reached), 'data');
    assert.equal(String(bytes), 'served');
    await until(() => reached.tally.inFlight === 0, 10_000, 'nothing in flight');
    assert.equal(isClosed, false);
    reached.service.release();
    await until(() => isClosed, 10_000, "'close'");
  });

  test('an error thrown by the listener is an uncaught one, and other connections are not touched', async () => {
    const server = net.createServer((socket) => {
      if (socket.remotePort === bad.localPort) throw new Error('thrown on purpose');
      socket.end('fine');
    });
    await using reached = await overChannel(server);
    const uncaught = new Promise<Error>((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
    const bad = dial(reached);
    assert.equal((await uncaught).message, 'thrown on purpose');
    process.setUncaughtExceptionCaptureCallback(null);
    const [bytes] = await once(dial(reached), 'data');
    assert.equal(String(bytes), 'fine');
    bad.destroy();
  });

  test("'net.server.socket' is published as Node publishes it", async () => {
    const server = net.createServer((socket) => socket.end());
    await using reached = await overChannel(server);
    const seen: unknown[] = [];
    const hear = (message: unknown): void => void seen.push((message as { socket: Socket }).socket.remotePort);
    subscribe('net.server.socket', hear);
    const client = dial(reached).resume();
    await once(client, 'connect');
    const { localPort } = client;
    await once(client, 'close');
    unsubscribe('net.server.socket', hear);
    assert.deepEqual(seen, [localPort, localPort], "by the test's listener and by the app's server");
  });
});

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
