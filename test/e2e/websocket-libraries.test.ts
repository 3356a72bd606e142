import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { WebSocket } from 'ws';
import { startPeer } from '../conformance/peer.ts';
import { fixture, onePool, startCluster } from '../support/index.ts';

/** What a client does with a server of echoes, and what it saw of that. */
async function talk(port: number): Promise<string[]> {
  const saw: string[] = [];
  for (const perMessageDeflate of [true, false]) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/room?a=1`, ['other', 'chat'], { perMessageDeflate });
    socket.on('error', ({ message }) => saw.push(`error ${message}`));
    socket.on('upgrade', ({ statusCode, headers }) => saw.push(`${statusCode} ${headers.connection} ${headers.upgrade}`));
    await once(socket, 'open');
    saw.push(`protocol ${socket.protocol}, extensions ${socket.extensions}`);
    const echo = async (data: string | Buffer) => {
      socket.send(data);
      const [message, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
      saw.push(
        `${isBinary ? 'binary' : 'text'} of ${message.length} ${message.equals(Buffer.from(data as string)) ? 'came back' : 'is not what was sent'}`,
      );
    };
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
      await echo('é'.repeat(length >> 1));
      await echo(Buffer.alloc(length, length & 255));
    }
    socket.ping('now');
    const [pong] = await once(socket, 'pong');
    saw.push(`pong ${pong}`);
    for (const [index, part] of ['in ', 'three ', 'parts'].entries()) socket.send(part, { fin: index === 2 });
    saw.push(`text ${(await once(socket, 'message'))[0]}`);
    const many = Array.from({ length: 200 }, (_, number) => `m${number}`);
    const back: string[] = [];
    socket.on('message', (message) => back.push(String(message)));
    for (const message of many) socket.send(message);
    await until(() => back.length === many.length, 10_000, 'all of many');
    assert.deepEqual(back, many);
    socket.close(4_001, 'enough');
    const [code, reason] = await once(socket, 'close');
    saw.push(`closed ${code} ${reason}`);
  }
  return saw;
}

/** An upgrade by hand, a refused one, and ordinary requests around them, byte for byte. */
async function lines(port: number): Promise<string[]> {
  const ask = async (head: string, rest: readonly string[]): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk) => (received += chunk));
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\n${head}\r\n`);
    await once(socket, 'data');
    for (const part of rest) socket.write(part);
    socket.end();
    if (!socket.readableEnded) await once(socket, 'end');
    return withoutOrder(received);
  };
  return [
    await ask('Connection: Upgrade\r\nUpgrade: lines\r\n', ['one\n', 'two\n', 'x'.repeat(100_000), '\n']),
    await ask('Connection: Upgrade\r\nUpgrade: other\r\n', []),
  ];
}

/** The order of fields may differ, and what the adapter adds. */
function withoutOrder(answer: string): string {
  const end = answer.indexOf('\r\n\r\n');
  const [status, ...fields] = answer.slice(0, end).split('\r\n');
  const own = fields.filter((line) => !/^(x-request-id|x-baton-activation):/.test(line));
  return [status, ...own.sort(), '', answer.slice(end + 4)].join('\r\n');
}

for (const { name, entry, script } of [
  { name: 'ws', entry: 'websocket-ws.js', script: talk },
  { name: 'faye-websocket', entry: 'websocket-faye.js', script: talk },
  { name: 'no library', entry: 'websocket-hand.js', script: lines },
])
  test(`a client of an app with ${name} sees the same with Node alone and through Baton`, async () => {
    const place = { dir: '/', port: await freePort(), tlsPort: 0 };
    const alone = await (async () => {
      await using _peer = await startPeer({ entry: fixture(entry) }, place);
      return await script(place.port);
    })();
    await using cluster = await startCluster({ config: onePool(fixture(entry)) });
    assert.deepEqual(await script(cluster.port), alone);
    assert.ok(alone.length >= 2, alone.join('\n'));
  });
