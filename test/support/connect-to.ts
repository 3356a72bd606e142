import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { sleep, until } from '@baton/core';

const ACCEPT_LIMIT_MS = 5_000;
/** A reading may take the kernel 15 ms, however few connections there are. */
const READ_EVERY_MS = 25;
/** It was lost before anybody accepted it. */
const LOST = 'lost';

/** A connection to one of the processes that share a port: the kernel chooses, so it connects until `pid` has accepted one. Rejects once that has ended. */
export async function connectTo(pid: number, { hostname, port }: URL, signal?: AbortSignal): Promise<Socket> {
  for (;;) {
    signal?.throwIfAborted();
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {}); // whoever uses it hears of it too
    const find = async () => (socket.destroyed ? LOST : (await acceptedSoon()).get(`${port}<${socket.localPort}`));
    const inode = await until(find, ACCEPT_LIMIT_MS, 'an accepted connection', 0);
    if (hasSocket(pid, inode)) return socket;
    socket.resetAndDestroy(); // an end in order would leave it in the kernel's table for a minute
  }
}

let reading: Promise<ReadonlyMap<string, string>> | undefined;

/** The next reading of the kernel's table serves all who wait for one. */
function acceptedSoon(): Promise<ReadonlyMap<string, string>> {
  reading ??= sleep(READ_EVERY_MS).then(() => {
    reading = undefined;
    return accepted();
  });
  return reading;
}

/** The inodes of accepted connections, by "PORT<PORT OF THE CLIENT". */
function accepted(): Map<string, string> {
  const inodes = new Map<string, string>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/net/${table}`, 'latin1').split('\n').slice(1)) {
      const [, local = '', remote = '', , , , , , , inode = '0'] = line.trim().split(/\s+/);
      if (inode !== '0') inodes.set(`${portOf(local)}<${portOf(remote)}`, inode);
    }
  }
  return inodes;
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
