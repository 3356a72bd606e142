import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { BatonError } from '@baton/core';
import { findPortOwner } from './port-owner.ts';

/** An address that will be listened on; host '' is every address. */
export interface Listen {
  readonly host: string;
  readonly port: number;
  /** For messages: "app shop", "the admin API". */
  readonly purpose: string;
}

/** PORT_TAKEN or PORT_DENIED, naming the port and, where it can be found, the process that has it. */
export async function checkPort({ host, port, purpose }: Listen): Promise<void> {
  try {
    await listenOnce(host, port);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES')
      throw new BatonError('PORT_DENIED', `port ${port} (${purpose}) may not be opened by this user`, { cause: error });
    if (code === 'EADDRNOTAVAIL')
      throw new BatonError('PORT_DENIED', `${host} (${purpose}) is not an address of this machine`, {
        cause: error,
        hint: 'Use * or one of its addresses',
      });
    if (code !== 'EADDRINUSE') throw BatonError.from(error, 'INTERNAL', `port ${port} (${purpose}) cannot be tried`);
    const owner = findPortOwner(port);
    const who = owner ? `"${owner.name}" (pid ${owner.pid})` : 'another process';
    throw new BatonError('PORT_TAKEN', `port ${port} (${purpose}) is in use by ${who}`, { cause: error, details: { port, ...owner } });
  }
}

/** A port that was free a moment ago on this address. */
export async function pickFreePort(host: string): Promise<number> {
  return await listenOnce(host, 0);
}

async function listenOnce(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    server.listen({ port, exclusive: true, ...(host && { host }) });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } finally {
    server.close();
  }
}
