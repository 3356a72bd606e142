import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { until } from '@baton/core';

const ACCEPT_LIMIT_MS = 5_000;

/** Keeps a few connections and makes no other, so that a request never falls to a process it was not meant for. */
class FixedAgent extends Agent {
  readonly #sockets: Socket[];

  constructor(sockets: Socket[]) {
    // first in, first out: none is idle for so long that it is closed
    super({ keepAlive: true, maxSockets: sockets.length, maxFreeSockets: sockets.length, scheduling: 'fifo' });
    this.#sockets = sockets;
  }

  override createConnection(): Socket {
    const socket = this.#sockets.pop();
    if (!socket) throw new Error('a connection that was kept was closed');
    return socket;
  }
}

/** Connections to one of the processes that share a port: the kernel chooses, so it connects until `count` were given to `pid`. */
export async function agentTo(pid: number, url: string, count: number): Promise<Agent> {
  const { hostname, port } = new URL(url);
  const kept: Socket[] = [];
  while (kept.length < count) {
    const socket = connect(Number(port), hostname);
    const inode = await until(() => inodeOfServer(Number(port), socket.localPort), ACCEPT_LIMIT_MS, 'an accepted connection', 5);
    if (hasSocket(pid, inode)) kept.push(socket);
    else socket.destroy();
  }
  const agent = new FixedAgent(kept);
  await Promise.all(kept.map(() => use(agent, url)));
  return agent;
}

/** One request; as many at once as there are connections use each of them, and none is closed for never having been used. */
function use(agent: Agent, url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => response.resume().on('end', resolve).on('error', reject)).on('error', reject);
  });
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
