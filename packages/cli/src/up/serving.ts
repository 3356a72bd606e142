import { connect } from 'node:net';
import type { AdminClient } from '@baton/admin';
import { BatonError, until } from '@baton/core';
import type { Listen } from './plan/ports.ts';

const LIMIT_MS = 20_000;

/** Waits until WAS counts so many adapters and hosts as attached. */
export async function awaitAttached(client: AdminClient, adapters: number, hosts: number, signal: AbortSignal): Promise<void> {
  await until(
    async () => {
      signal.throwIfAborted();
      const status = await client.status({ signal });
      const attachedAdapters = status.adapters.filter(({ attached }) => attached).length;
      return attachedAdapters >= adapters && status.hosts.filter(({ state }) => state === 'attached').length >= hosts;
    },
    LIMIT_MS,
    'the registration of all adapters and hosts',
    30,
  );
}

/** Waits until every address of the apps takes connections. */
export async function awaitListening(listens: readonly Listen[], signal: AbortSignal): Promise<void> {
  for (const { host, port, purpose } of listens) {
    await until(
      () => {
        signal.throwIfAborted();
        return takesConnections(host || '127.0.0.1', port);
      },
      LIMIT_MS,
      `a listener on port ${port} (${purpose})`,
      20,
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      throw BatonError.from(error);
    });
  }
}

function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      // A reset says that it was no client: a connection of TCP that ended in order would be one, and start a worker.
      socket.resetAndDestroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
