import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { suite, test } from 'node:test';
import { createSessionPair } from '@baton/channel';
import { until } from '@baton/core';
import { openTcpBridge } from '../../testing/tcp-bridge.ts';
import { Services } from '../service/services.ts';
import { Tally } from '../service/tally.ts';
import { TcpServer } from './tcp-server.ts';

/** A server of the app that a client can reach. */
interface Reached extends AsyncDisposable {
  readonly port: number;
  readonly service: TcpServer;
  readonly tally: Tally;
}

/** Lets clients reach `server` over a channel, as a worker process does. */
async function overChannel(server: Server, facts = {}): Promise<Reached> {
  const tally = new Tally({ busy() {}, calm() {} });
  const services = new Services();
  services.open('shop');
  const service = new TcpServer(server, tally);
  services.set('shop', 'tcp', service);
  // what is open at the end of a test is reset
  server.on('connection', (socket) => socket.on('error', () => {}));
  // what BoundHandle is for the worker's capture of listen()
  (server as unknown as { _handle: unknown })._handle = { close: () => service.detach({ isHeld: false, serves: false }) };
  const pair = await createSessionPair({ worker: { onRequest: (stream) => services.handle(stream) }, protocol: 'tcp' });
  const bridge = await openTcpBridge(pair.adapter, facts);
  return {
    port: bridge.port,
    service,
    tally,
    async [Symbol.asyncDispose]() {
      await bridge[Symbol.asyncDispose]();
      pair.close();
    },
  };
}

/** A case: what the app does with its server, what a client does, and what each of them notices. */
interface Case {
  readonly options?: net.ServerOpts;
  /** Of the app. `note` writes down what it notices. */
  serve(socket: Socket, note: (text: string) => void, server: Server): void;
  /** Resolves when the client has done what it does; its ends are noted without it. */
  client(socket: Socket, noted: (text: string) => Promise<unknown>): Promise<void> | void;
}

/** Runs a case against a port; what both sides noted, each in its order. */
async function run({ serve, client }: Case, server: Server, port: number): Promise<{ app: string[]; client: string[] }> {
  const app: string[] = [];
  const seen: string[] = [];
  const noted = (text: string): Promise<unknown> => until(() => app.includes(text) || seen.includes(text), 10_000, text);
  server.on('connection', (socket: Socket) => {
    socket.on('end', () => app.push('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => app.push(`error ${error.code ?? error.message}`));
    socket.on('close', (hadError) => app.push(`close ${hadError}`));
    serve(socket, (text) => app.push(text), server);
  });
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.on('data', (chunk) => (received += chunk));
  socket.on('end', () => seen.push('end'));
  socket.on('error', (error: NodeJS.ErrnoException) => seen.push(`error ${error.code}`));
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await client(socket, noted);
  await until(() => app.some((text) => text.startsWith('close')), 10_000, "the end of the app's socket");
  socket.end();
  await closed;
  seen.push(`received ${received}`);
  return { app, client: seen };
}

const CASES: Readonly<Record<string, Case>> = {
  'an echo until the client ends': {
    serve: (socket) => void socket.on('data', (chunk) => socket.write(chunk)),
    client: async (socket) => {
      socket.write('one ');
      socket.write('two');
      socket.end();
      await once(socket, 'end');
    },
  },
  'an answer after the end of the client': {
    options: { allowHalfOpen: true },
    serve: (socket, note) => {
      socket.on('end', () => {
        note(`${socket.readyState} ${socket.writable}`);
        setImmediate(() => socket.end('late'));
      });
      socket.resume();
    },
    client: (socket) => void socket.end('question'),
  },
  'the app ends first and reads on': {
    options: { allowHalfOpen: true },
    serve: (socket, note) => {
      let read = '';
      socket.on('data', (chunk) => (read += chunk));
      socket.on('end', () => note(`read ${read}`));
      socket.end('hello', () => note(`ended ${socket.readyState} ${socket.writableFinished}`));
    },
    client: async (socket) => {
      await once(socket, 'end');
      socket.write('after ');
      socket.end('that');
    },
  },
  'both ends at once without half-open': {
    serve: (socket) => {
      socket.resume();
      socket.end('bye');
    },
    client: (socket) => void socket.end(),
  },
  'destroy sends what was written before': {
    serve: (socket) => {
      socket.resume();
      socket.write('last words', () => socket.destroy());
    },
    client: (socket) => void once(socket, 'end'),
  },
  'destroy with an error': {
    serve: (socket) => {
      socket.resume();
      socket.write('x', () => socket.destroy(Object.assign(new Error('broken'), { code: 'EBROKEN' })));
    },
    client: (socket) => void once(socket, 'end'),
  },
  'destroySoon waits for what is being written': {
    serve: (socket) => {
      socket.resume();
      socket.write('a'.repeat(100_000));
      socket.destroySoon();
    },
    client: (socket) => void once(socket, 'end'),
  },
  'resetAndDestroy resets the client': {
    serve: (socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    },
    client: async (socket, noted) => {
      socket.write('x');
      await noted('error ECONNRESET');
    },
  },
  'a client that resets': {
    serve: (socket, note) => {
      socket.once('data', () => note('has it'));
    },
    client: async (socket, noted) => {
      socket.write('x');
      await noted('has it');
      socket.resetAndDestroy();
    },
  },
  'a write behind the end of the client, without half-open': {
    serve: (socket, note) => {
      socket.on('end', () =>
        setImmediate(() => {
          note(`write ${socket.write('too late', (error) => note(`callback ${(error as NodeJS.ErrnoException)?.code}`))}`);
        }),
      );
      socket.resume();
    },
    client: (socket) => void socket.end('x'),
  },
  'a write behind its own end': {
    options: { allowHalfOpen: true },
    serve: (socket) => {
      socket.resume();
      socket.end('bye');
      socket.write('more');
    },
    client: (socket) => void socket.end(),
  },
  'setTimeout without traffic': {
    serve: (socket, note) => {
      socket.setTimeout(30, () => {
        note(`timeout ${socket.timeout}`);
        socket.destroy();
      });
      socket.resume();
    },
    client: () => {},
  },
  'the counts of bytes': {
    serve: (socket, note) => {
      socket.on('data', () => {});
      socket.on('end', () => socket.end('12345'));
      socket.on('close', () => note(`${socket.bytesRead} ${socket.bytesWritten}`));
    },
    options: { allowHalfOpen: true },
    client: async (socket) => {
      socket.end('1234567');
      await once(socket, 'close');
    },
  },
  'strings in encodings, an empty write, cork': {
    serve: (socket, note) => {
      socket.setEncoding('utf8');
      socket.setDefaultEncoding('latin1');
      socket.on('data', (text) => note(`${typeof text} ${text}`));
      socket.cork();
      socket.write('\u00e9');
      socket.write('c3a9', 'hex');
      socket.write('');
      socket.uncork();
      socket.end(new Uint8Array([33]));
    },
    client: async (socket, noted) => {
      socket.write('h\u00e9');
      await noted('string h\u00e9');
      socket.end();
    },
  },
  pauseOnConnect: {
    options: { pauseOnConnect: true },
    serve: (socket, note) => {
      socket.on('data', (chunk) => {
        note(`data ${chunk}`);
        socket.end();
      });
      setTimeout(() => {
        note(`paused ${socket.isPaused()} ${socket.readableFlowing}`);
        socket.resume();
      }, 50);
    },
    client: async (socket) => {
      socket.write('waits');
      await once(socket, 'end');
      socket.end();
    },
  },
  facts: {
    serve: (socket, note) => {
      note(
        `${socket instanceof net.Socket} ${socket.remoteAddress} ${socket.remoteFamily} ${typeof socket.remotePort} ${socket.localAddress} ${socket.localFamily}`,
      );
      note(`${socket.readyState} ${socket.connecting} ${socket.pending} ${socket.destroyed} ${socket.allowHalfOpen} ${socket.timeout}`);
      note(
        `${socket.setNoDelay(true) === socket} ${socket.setKeepAlive(true, 5) === socket} ${socket.unref() === socket} ${socket.ref() === socket}`,
      );
      note(`${socket.writableHighWaterMark} ${socket.readableHighWaterMark} ${socket.writableLength} ${socket.bufferSize}`);
      socket.on('close', () => note(`${socket.readyState} ${socket.destroyed} ${socket.closed} ${socket.writable} ${socket.readable}`));
      socket.end();
      socket.resume();
    },
    client: (socket) => void socket.end(),
  },
  'iteration and pipeline': {
    options: { allowHalfOpen: true },
    serve: async (socket, note) => {
      const read: string[] = [];
      for await (const chunk of socket) read.push(String(chunk));
      note(`iterated ${read.join('')} ${socket.destroyed}`);
      await pipeline(Readable.from(['a ', 'pipeline']), socket);
      note(`piped ${socket.writableFinished}`);
    },
    client: async (socket) => {
      socket.end('abc');
      await once(socket, 'close');
    },
  },
};

suite('a connection over a channel does what one of the kernel does', () => {
  for (const [title, kind] of Object.entries(CASES)) {
    test(title, async () => {
      const direct = net.createServer(kind.options ?? {});
      direct.listen(0, '127.0.0.1');
      await once(direct, 'listening');
      const expected = await run(kind, direct, (direct.address() as AddressInfo).port);
      direct.close();
      const hosted = net.createServer(kind.options ?? {});
      await using reached = await overChannel(hosted);
      const got = await run(kind, hosted, reached.port);
      assert.deepEqual(got, expected);
      await until(() => reached.tally.inFlight === 0, 10_000, 'nothing in flight');
      assert.equal(await new Promise((resolve) => hosted.getConnections((_error, count) => resolve(count))), 0);
    });
  }
});

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

suite('flow', () => {
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

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));

/** A client; what it meets at the end of a test is no failure. */
function dial({ port }: Reached): Socket {
  return net.connect(port, '127.0.0.1').on('error', () => {});
}
