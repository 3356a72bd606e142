import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AdminClient } from '@baton/admin';
import { freePort } from '@baton/core/testing';

const exec = promisify(execFile);
const root = new URL(import.meta.url.includes('/dist/') ? '../../..' : '../..', import.meta.url).pathname;

/** The compiled command line, to be run with this process's Node. */
export const CLI = join(root, 'packages/cli/dist/main.js');

/** Path of a fixture app below test/apps. */
export function fixture(name: string): string {
  return join(root, 'test/apps', name);
}

export interface ClusterOptions {
  /** baton.yaml; receives the free port that was picked for the public binding. */
  readonly config: (port: number) => string;
  /** More options of `baton up`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Reuse a data directory of an earlier cluster. */
  readonly dir?: string;
  readonly port?: number;
}

/** A worker as `baton wp list --json` prints it. */
export interface WorkerRow {
  readonly id: string;
  readonly pool: string;
  readonly slot: string;
  readonly host: string;
  readonly pid: number;
  readonly generation: number;
  readonly state: string;
  readonly rssBytes: number;
}

/** A cluster on this machine, started with `baton up`, in a directory of its own. */
export interface Cluster extends AsyncDisposable {
  /** Named in the environment of every process of it, workers too. */
  readonly dir: string;
  readonly port: number;
  /** Of the public binding, without a trailing slash. */
  readonly url: string;
  readonly up: ChildProcess;
  /** What `baton up` has printed so far, stdout and stderr. */
  output(): string;
  /** Runs `baton … --json` against it and parses the answer. */
  baton<T = unknown>(...args: string[]): Promise<T>;
  workers(): Promise<WorkerRow[]>;
  /** A client of its admin API. */
  readonly admin: AdminClient;
  /** cluster.json of the data directory. */
  file(): { pids: Record<string, number>; [key: string]: unknown };
  /** Sends SIGINT to `baton up`; resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a cluster and waits for its `ready` line. Rejects with all it printed when it ends before. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'baton-test-'));
  const port = options.port ?? (await freePort());
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dir, 'baton.yaml'), options.config(port));
  const args = ['up', '--config', join(dir, 'baton.yaml'), '--data-dir', dataDir, '--admin-port', '0', ...(options.args ?? [])];
  const up = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CLUSTER_DIR: dir, ...options.env },
  });
  const exited = once(up, 'exit');
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      if (/^ready$/m.test(output)) resolve();
    };
    up.stdout.on('data', read);
    up.stderr.on('data', read);
    exited.then(([code]) => reject(new Error(`baton up ended with ${code}:\n${output}`)));
  });
  const stop = async (signal: NodeJS.Signals = 'SIGINT') => {
    if (up.exitCode === null && up.signalCode === null) up.kill(signal);
    const [code] = await exited;
    return code as number | null;
  };
  const file = () => JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8'));
  const baton = async <T>(...rest: string[]) => {
    const { stdout } = await exec(process.execPath, [CLI, ...rest, '--data-dir', dataDir, '--json'], { maxBuffer: 1e8 });
    return JSON.parse(stdout) as T;
  };
  return {
    dir,
    port,
    url: `http://127.0.0.1:${port}`,
    up,
    output: () => output,
    baton,
    workers: () => baton<WorkerRow[]>('wp', 'list'),
    admin: new AdminClient({ url: String(file().adminUrl), token: String(file().token) }),
    file,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (!options.dir) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** One pool with one app at the root of the port; `pool` and `top` are lines of YAML to add. */
export function onePool(entry: string, pool = '', top = ''): (port: number) => string {
  return (port) => `apiVersion: baton/v1
pools:
  - name: app
    ${pool}
apps:
  - name: app
    pool: app
    entry: ${entry}
    bindings: ["http://*:${port}/"]
${top}
`;
}
