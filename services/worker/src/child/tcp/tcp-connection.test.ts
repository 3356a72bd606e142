import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { suite, test } from 'node:test';
import { until } from '@baton/core';
import { overChannel } from '../testing/over-channel.ts';

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
