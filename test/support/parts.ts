import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminClient } from '@baton/admin';
import { until, within } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { isAlive } from './processes.ts';

const root = new URL(import.meta.url.includes('/dist/') ? '../../..' : '../..', import.meta.url).pathname;
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 30_000;

/** Where a part runs, and how the others reach it. */
export interface Place {
  /** Put before the command: `ip netns exec NAME`. */
  readonly prefix: readonly string[];
  readonly address: string;
}

export interface PartsOptions {
  /** baton.yaml; receives the free port that was picked for the public binding. Entries are relative to test/apps. */
  readonly config: (port: number) => string;
  readonly adapters?: number;
  readonly hosts?: number;
  /** "was", "redis", "adapter-1", "host-2"; this machine's loopback by default. */
  readonly place?: (name: string) => Place;
  /** HOST:PORT at which a part looks for WAS; WAS's own by default. */
  readonly wasOf?: (name: string, was: string) => string | Promise<string>;
  readonly wasArgs?: readonly string[];
  readonly hostArgs?: readonly string[] | ((name: string) => readonly string[]);
}

/** One process of a cluster that a test starts part by part. */
export interface Part {
  readonly name: string;
  readonly pid: number;
  readonly ports: Readonly<Record<string, number>>;
  /** Sends the signal; see `ended`. */
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<unknown>;
}

/** A cluster whose processes are not watched over: what a test kills stays dead until the test starts it again. */
export interface Parts extends AsyncDisposable {
  /** In the environment of every process of it. */
  readonly dir: string;
  /** Of every process of it: with it, another one may join. */
  readonly env: NodeJS.ProcessEnv;
  readonly url: string;
  readonly admin: AdminClient;
  part(name: string): Part;
  /** Starts a part again, with the ports and the names it had; a new adapter has a new id. */
  restart(name: string): Promise<Part>;
  /** The log file that an adapter writes, also over restarts. */
  accessLogOf(adapter: number): string;
  /** Ends all parts in order. */
  stop(): Promise<void>;
}

interface Running extends Part {
  readonly child: ChildProcess;
}

const HERE: Place = { prefix: [], address: '127.0.0.1' };

/** Starts a cluster part by part, applies its configuration and waits until it listens. */
export async function startParts(options: PartsOptions): Promise<Parts> {
  const { adapters = 1, hosts = 1, place = () => HERE, wasOf = (_name, was) => was } = options;
  const hostArgs = (name: string) => (typeof options.hostArgs === 'function' ? options.hostArgs(name) : (options.hostArgs ?? []));
  const dir = mkdtempSync(join(tmpdir(), 'baton-parts-'));
  const log = openSync(join(dir, 'parts.log'), 'a');
  const token = randomBytes(16).toString('hex');
  const port = await freePort();
  const redisPort = await freePort();
  const running = new Map<string, Running>();
  const redis = `redis://${place('redis').address}:${redisPort}`;
  const env = { ...process.env, BATON_SECRET: randomBytes(16).toString('hex'), BATON_DATA_DIR: dir, CLUSTER_DIR: dir };
  const accessLogOf = (adapter: number) => join(dir, `access-${adapter}.log`);

  const launch = (name: string, command: readonly string[], hasIpc: boolean, more: NodeJS.ProcessEnv = {}) => {
    const [file, ...args] = [...place(name).prefix, ...command];
    return spawn(file!, args, { stdio: ['ignore', log, log, ...(hasIpc ? ['ipc' as const] : [])], env: { ...env, ...more } });
  };
  const service = async (name: string, program: string, args: readonly string[]): Promise<Part> => {
    const main = join(root, 'services', program, 'dist/main.js');
    const child = launch(name, [process.execPath, main, ...args], true, program === 'was' ? { BATON_TOKEN: token } : {});
    const ended = once(child, 'exit');
    const ready = new Promise<Record<string, number>>((resolve, reject) => {
      child.on('message', (message: { type?: string; ports?: Record<string, number> }) => {
        if (message.type === 'ready') resolve(message.ports ?? {});
      });
      ended.then(([code, signal]) => reject(new Error(`${name} ended with ${code ?? signal}; see ${dir}/parts.log`)));
    });
    const ports = await within(ready, START_LIMIT_MS, `the start of ${name}`);
    const part = { name, pid: child.pid!, ports, child, kill: (signal: NodeJS.Signals) => void child.kill(signal), ended };
    running.set(name, part);
    return part;
  };
  const start = async (name: string): Promise<Part> => {
    const { address } = place(name);
    const before = running.get(name)?.ports;
    const number = Number(name.split('-')[1] ?? 0);
    const everywhere = address === HERE.address ? '127.0.0.1' : '0.0.0.0';
    if (name === 'was') {
      const ports = ['--grpc-port', String(before?.grpc ?? 0), '--admin-port', String(before?.admin ?? 0), '--admin-host', everywhere];
      return service(name, 'was', ['--cluster', 'parts', '--redis', redis, '--advertise', address, ...ports, ...(options.wasArgs ?? [])]);
    }
    const was = running.get('was')!;
    const common = ['--was', await wasOf(name, `${place('was').address}:${was.ports.grpc}`), '--advertise', address];
    if (name.startsWith('adapter')) {
      const id = `a${number}-${randomBytes(2).toString('hex')}`;
      return service(name, 'adapter', [...common, '--id', id, '--access-log', accessLogOf(number), '--reuse-port']);
    }
    const own = ['--id', String(number), '--cluster', 'parts', '--redis', redis, '--state-dir', join(dir, name)];
    return service(name, 'worker', [...common, ...own, '--app-root', join(root, 'test/apps'), ...hostArgs(name)]);
  };
  const names = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`);
  const order = [...names('adapter', adapters), ...names('host', hosts), 'was'];

  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    for (const name of order) await end(running.get(name)?.child);
    await end(running.get('redis')?.child);
    closeSync(log);
  };
  try {
    const bind = place('redis').address === HERE.address ? '127.0.0.1' : '0.0.0.0';
    const flags = ['--port', String(redisPort), '--bind', bind, '--protected-mode', 'no', '--save', '', '--dir', dir];
    const server = launch('redis', ['redis-server', ...flags], false);
    running.set('redis', {
      ...{ name: 'redis', pid: server.pid!, ports: {}, child: server },
      ...{ kill: (signal) => void server.kill(signal), ended: once(server, 'exit') },
    });
    const was = await start('was');
    await Promise.all([...names('adapter', adapters), ...names('host', hosts)].map(start));
    const admin = new AdminClient({ url: `http://${place('was').address}:${was.ports.admin}`, token });
    await until(async () => (await attached(admin)) >= adapters + hosts, START_LIMIT_MS, 'the registration of adapters and hosts');
    const yaml = options.config(port);
    writeFileSync(join(dir, 'baton.yaml'), yaml);
    await admin.applyConfig({ yaml, file: 'baton.yaml' });
    const url = `http://${place('adapter-1').address}:${port}`;
    await until(() => fetch(`${url}/no-such-path`).catch(() => undefined), START_LIMIT_MS, 'the public binding');
    return {
      dir,
      env,
      url,
      admin,
      part: (name) => running.get(name)!,
      restart: (name) => start(name),
      accessLogOf,
      stop,
      async [Symbol.asyncDispose]() {
        await stop();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function attached(admin: AdminClient): Promise<number> {
  const { adapters, hosts } = await admin.status();
  return adapters.filter((one) => one.attached).length + hosts.filter(({ state }) => state === 'attached').length;
}

/** SIGTERM and its end; SIGKILL when that takes too long. A process that was stopped is continued first. */
async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await within(exited, STOP_LIMIT_MS, 'the end of a part').catch(() => {
    if (isAlive(child.pid!)) child.kill('SIGKILL');
    return exited;
  });
}
