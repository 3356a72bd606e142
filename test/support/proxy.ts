import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP connection between two parts that a test can hold up in one direction. */
export interface HeldProxy extends Disposable {
  /** HOST:PORT */
  readonly address: string;
  /** What the far end says is kept back from now on. */
  hold(): void;
  /** So is what the near end says. */
  mute(): void;
  /** Both may be heard again. */
  release(): void;
  /** Breaks every connection; one that is made while it holds gets no answer. */
  cut(): void;
}

/** Forwards to `target` ("HOST:PORT"). */
export async function startProxy(target: string): Promise<HeldProxy> {
  const [host, port] = target.split(':');
  const far = new Set<Socket>();
  const nearby = new Set<Socket>();
  let isHeld = false;
  let isMuted = false;
  const server = createServer((near) => {
    const there = connect(Number(port), host);
    far.add(there);
    nearby.add(near);
    const end = () => {
      far.delete(there);
      nearby.delete(near);
      near.destroy();
      there.destroy();
    };
    for (const socket of [near, there]) socket.on('error', end).on('close', end);
    near.on('data', (chunk) => void there.write(chunk));
    there.on('data', (chunk) => void near.write(chunk));
    if (isHeld) there.pause();
    if (isMuted) near.pause();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold() {
      isHeld = true;
      for (const socket of far) socket.pause();
    },
    mute() {
      isMuted = true;
      for (const socket of nearby) socket.pause();
    },
    release() {
      isHeld = false;
      isMuted = false;
      for (const socket of [...far, ...nearby]) socket.resume();
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
