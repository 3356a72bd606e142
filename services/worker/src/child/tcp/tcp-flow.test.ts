import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { until } from '@baton/core';
import { dial, overChannel } from '../testing/over-channel.ts';

suite('the flow of a connection over a channel', () => {
  test('an app that does not read stalls its own client and no other', async () => {
    const held: Socket[] = [];
    const server = net.createServer((socket) => {
      held.push(socket);
      if (held.length > 1) socket.pipe(socket);
    });
    await using reached = await overChannel(server);
    const stalled = dial(reached);
    const chunk = Buffer.alloc(65_536, 1);
    let sent = 0;
    // more than sockets and windows hold
    while (sent < 64 << 20 && !(stalled.writableLength > 16 << 20)) {
      stalled.write(chunk);
      sent += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(stalled.writableLength > 16 << 20, `${stalled.writableLength} of ${sent} bytes wait at the client`);
    assert.ok(held[0]!.readableLength <= 262_144 + 65_536, `${held[0]!.readableLength} bytes wait in the app's socket`);
    const other = dial(reached);
    other.write('through');
    assert.equal(String((await once(other, 'data'))[0]), 'through');
    let read = 0;
    held[0]!.on('data', (bytes: Buffer) => {
      read += bytes.length;
    });
    await until(() => read === sent, 30_000, 'all bytes');
    stalled.destroy();
    other.destroy();
  });

  test("a client that does not read stalls the app's writes, and 'drain' comes when it does", async () => {
    const server = net.createServer();
    await using reached = await overChannel(server);
    const client = dial(reached);
    client.pause();
    const [socket] = (await once(server, 'connection')) as [Socket];
    const chunk = Buffer.alloc(65_536, 2);
    let sent = 0;
    while (sent < 64 << 20 && socket.writableLength < 1 << 20) {
      socket.write(chunk);
      sent += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(socket.writableNeedDrain && socket.writableLength >= 1 << 20, `${socket.writableLength} of ${sent} bytes wait in the app`);
    const drained = once(socket, 'drain');
    let read = 0;
    client.on('data', (bytes) => {
      read += bytes.length;
    });
    client.resume();
    await drained;
    socket.end();
    await once(client, 'end');
    assert.equal(read, sent);
  });
});
