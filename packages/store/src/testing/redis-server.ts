import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@baton/core';
import { openRedis } from '../connection.ts';

/** A Redis of a test: a real server on a unix socket in a directory of its own. */
export interface TestRedis {
  /** "unix:/…": fit for openRedis. */
  readonly url: string;
  /** Ends the server at once, as kill -9 does. What it held is lost unless it was started with `isDurable`. */
  kill(): Promise<void>;
  /** Stops it without a word: connections stay open and nothing is answered, as behind a cut line. */
  freeze(): void;
  /** Starts the server again on the same socket. */
  start(): Promise<void>;
  /** Ends it and removes its directory. */
  close(): Promise<void>;
}

/** Starts a Redis for a test. `isDurable`: with an append-only file, so that a restart keeps what was written. */
export async function startTestRedis({ isDurable = false } = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'baton-redis-'));
  const socket = join(directory, 's');
  const url = `unix:${socket}`;
  let child: ChildProcess | undefined;
  const start = async () => {
    const flags = [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--dir',
      directory,
      '--save',
      '',
      '--appendonly',
      isDurable ? 'yes' : 'no',
      '--appendfsync',
      'always',
    ];
    child = spawn(process.env.BATON_REDIS_SERVER ?? 'redis-server', flags, { stdio: 'ignore' });
    child.once('error', () => {});
    await answers(url);
  };
  const kill = async () => {
    const ended = child;
    if (!ended || ended.exitCode !== null || ended.signalCode !== null) return;
    await new Promise((resolve) => {
      ended.once('exit', resolve);
      ended.kill('SIGKILL');
    });
  };
  await start();
  return {
    url,
    start,
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    close: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  const redis = openRedis(url, { name: 'baton-test-probe' });
  try {
    await until(async () => (await redis.ping()) === 'PONG', 10_000, 'an answer of redis-server');
  } finally {
    redis.disconnect();
  }
}
