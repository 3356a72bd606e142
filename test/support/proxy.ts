import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP connection between two parts that a test can hold up in one direction. */
export interface HeldProxy extends Disposable {
  /** HOST:PORT */
  readonly address: string;
  /** What the far end says is kept back from now on. */
  hold(): void;
  release(): void;
  /** Breaks every connection; one that is made while it holds gets no answer. */
  cut(): void;
}

/** Forwards to `target` ("HOST:PORT"). */
export async function startProxy(target: string): Promise<HeldProxy> {
  const [host, port] = target.split(':');
  const far = new Set<Socket>();
  let isHeld = false;
  const server = createServer((near) => {
    const there = connect(Number(port), host);
    far.add(there);
    const end = () => {
      far.delete(there);
      near.destroy();
      there.destroy();
    };
    for (const socket of [near, there]) socket.on('error', end).on('close', end);
    near.on('data', (chunk) => void there.write(chunk));
    there.on('data', (chunk) => void near.write(chunk));
    if (isHeld) there.pause();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold() {
      isHeld = true;
      for (const socket of far) socket.pause();
    },
    release() {
      isHeld = false;
      for (const socket of far) socket.resume();
    },
    cut() {
      for (const socket of far) socket.destroy();
    },
    [Symbol.dispose]() {
      server.close();
      for (const socket of far) socket.destroy();
    },
  };
}
