import { Agent, get } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connectTo } from './connect-to.ts';

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

/** `count` connections to one of the processes that share a port. */
export async function agentTo(pid: number, url: string, count: number): Promise<Agent> {
  const kept: Socket[] = [];
  while (kept.length < count) kept.push(await connectTo(pid, new URL(url)));
  const agent = new FixedAgent(kept);
  await Promise.all(kept.map(() => use(agent, url)));
  return agent;
}

/** Connects to one of the processes that share a port, as often as it needs, also after a connection broke. */
class GrowingAgent extends Agent {
  readonly #connect: () => Promise<Socket>;
  readonly #stop = new AbortController();

  constructor(pid: number, url: string) {
    super({ keepAlive: true, maxFreeSockets: 1_024, scheduling: 'lifo' });
    this.#connect = () => connectTo(pid, new URL(url), this.#stop.signal);
  }

  override createConnection(_options: unknown, done?: (error: Error | null, socket: Duplex) => void): undefined {
    this.#connect().then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, new Socket()),
    );
  }

  override destroy(): void {
    this.#stop.abort();
    super.destroy();
  }
}

/** All connections that are needed, to one of the processes that share a port; resolves when that answers. */
export async function growingAgentTo(pid: number, url: string): Promise<Agent> {
  const agent = new GrowingAgent(pid, url);
  await use(agent, url);
  return agent;
}

/** One request; as many at once as there are connections use each of them, and none is closed for never having been used. */
function use(agent: Agent, url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => response.resume().on('end', resolve).on('error', reject)).on('error', reject);
  });
}
