import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { until } from '@baton/core';

const ACCEPT_LIMIT_MS = 5_000;
/** It was lost before anybody accepted it. */
const LOST = 'lost';

/** A connection to one of the processes that share a port: the kernel chooses, so it connects until `pid` has accepted one. Rejects once that has ended. */
export async function connectTo(pid: number, { hostname, port }: URL, signal?: AbortSignal): Promise<Socket> {
  for (;;) {
    signal?.throwIfAborted();
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {}); // whoever uses it hears of it too
    const find = () => (socket.destroyed ? LOST : inodeOfServer(Number(port), socket.localPort));
    const inode = await until(find, ACCEPT_LIMIT_MS, 'an accepted connection', 5);
    if (hasSocket(pid, inode)) return socket;
    socket.destroy();
  }
}

/** The other end of a connection from `clientPort`, once somebody has accepted it. */
function inodeOfServer(port: number, clientPort: number | undefined): string | undefined {
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/net/${table}`, 'latin1').split('\n').slice(1)) {
      const [, local = '', remote = '', , , , , , , inode = '0'] = line.trim().split(/\s+/);
      if (inode !== '0' && portOf(local) === port && portOf(remote) === clientPort) return inode;
    }
  }
  return undefined;
}

const portOf = (address: string) => Number.parseInt(address.slice(address.indexOf(':') + 1), 16);

function hasSocket(pid: number, inode: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
    } catch {
      return false; // it was closed meanwhile
    }
  });
}
