import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRedis } from '@baton/store';

/** A redis-server of one test's own, on a socket in a temporary directory. */
export interface TestRedis {
  /** "unix:/path" */
  readonly url: string;
  /** Ends the server; its data are on disk. */
  stop(): Promise<void>;
  /** Starts it again with what it had. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'baton-host-'));
  const socket = join(dir, 'redis.sock');
  const url = `unix:${socket}`;
  let server = await start(dir, socket, url);
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGTERM');
    await exit;
  };
  return {
    url,
    stop,
    restart: async () => {
      server = await start(dir, socket, url);
    },
    close: async () => {
      await stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function start(dir: string, socket: string, url: string): Promise<ChildProcess> {
  const args = ['--port', '0', '--unixsocket', socket, '--dir', dir, '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const client = openRedis(url, { name: 'test' });
  await client.ping();
  client.disconnect();
  return server;
}
