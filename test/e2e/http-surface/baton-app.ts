import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { isAbsolute } from 'node:path';
import { type Adapter, createAdapter } from '@baton/adapter';
import { createIdentityKeys, createProofKeys, KeySet, signIdentity } from '@baton/channel';
import { within } from '@baton/core';
import type { Assign, ChildMessage, HostMessage } from '@baton/worker';
import { fixture } from '../../support/index.ts';
import type { RunningApp } from './direct-app.ts';

const POOL = 'surface';
const START_LIMIT_MS = 20_000;
const CHILD = new URL(import.meta.resolve('@baton/worker')).pathname.replace(/index\.js$/, 'child/main.js');

/** An app behind a real adapter, in a real worker process; the test stands in for WAS and the worker host. */
export interface HostedApp extends RunningApp {
  readonly adapter: Adapter;
  readonly child: ChildProcess;
  /** Exit code and signal. */
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  /** What the child has said so far. */
  readonly messages: readonly ChildMessage[];
  /** The first message of this type, now or later. */
  said<T extends ChildMessage['type']>(type: T): Promise<Extract<ChildMessage, { type: T }>>;
  tell(message: HostMessage): void;
}

/** Hosts a fixture app; resolves when its worker is connected. */
export async function runHosted(path: string, env: Record<string, string> = {}, more: Partial<Assign> = {}): Promise<HostedApp> {
  const app = await spawnHosted(path, env, more);
  try {
    await within(app.said('connected'), START_LIMIT_MS, `a worker with ${path}`);
    return app;
  } catch (error) {
    await app[Symbol.asyncDispose]();
    throw error;
  }
}

/** Hosts a fixture app; resolves as soon as the child was told so. */
export async function spawnHosted(path: string, env: Record<string, string> = {}, more: Partial<Assign> = {}): Promise<HostedApp> {
  const keys = await createIdentityKeys();
  const adapter = await createAdapter({ id: 'a1' });
  adapter.setWorkerKeys(KeySet.of({ keys: [keys.publicJwk] }));
  const pool = adapter.addPool(POOL);
  adapter.addApplication({ appKey: POOL, pool: POOL, bindings: ['http://*:0/'] });
  await adapter.listen();
  const port = adapter.httpPort(0);

  const child = fork(CHILD, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, NODE_ENV: 'production' } });
  const messages: ChildMessage[] = [];
  child.on('message', (message) => messages.push(message as ChildMessage));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;

  const said = async <T extends ChildMessage['type']>(type: T): Promise<Extract<ChildMessage, { type: T }>> => {
    for (;;) {
      const found = messages.find((message) => message.type === type);
      if (found) return found as Extract<ChildMessage, { type: T }>;
      await Promise.race([
        once(child, 'message'),
        exited.then(([code, signal]) => {
          if (!messages.some((message) => message.type === type))
            throw new Error(`the child ended (${code ?? signal}) and had not said ${type}: ${output}`);
        }),
      ]);
    }
  };

  const identity = {
    workerId: 'w1',
    poolIdentity: POOL,
    pool: POOL,
    slot: `${POOL}/1`,
    generation: 1,
    channels: [`a1/${pool.channel.id}`],
    role: 'activation',
  } as const;
  const proof = createProofKeys();
  const app = { tcpPorts: [], queues: [], otherBindings: [], preload: [], modules: [] };
  const assign: Assign = {
    type: 'assign',
    ...identity,
    apps: [{ ...app, appKey: POOL, entry: isAbsolute(path) ? path : fixture(path), ports: [port] }],
    env,
    token: await signIdentity(keys.privateJwk, identity, 60_000, { proofKey: proof.publicKey }),
    proofKey: proof.privateKey,
    channels: [{ adapterId: 'a1', channelId: pool.channel.id, blob: pool.channel.blob.toString('base64') }],
    idleTimeoutMs: 0,
    startupTimeLimitMs: 10_000,
    shutdownTimeLimitMs: 10_000,
    noOverlap: false,
    threadPool: { maxPoolThreads: 0, poolThreadLimit: 0 },
    facts: { maxProcesses: 1, pingIntervalMs: 0, pingResponseTimeMs: 0 },
    ...more,
  };
  child.send(assign);

  return {
    adapter,
    child,
    exited,
    messages,
    port,
    output: () => output,
    said,
    tell: (message) => void child.send(message),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      await adapter.close();
    },
  };
}
