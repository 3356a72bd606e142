import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { type ClusterFile, readClusterFile } from '../cluster/cluster-file.ts';
import { listPids } from '../up/supervise/process-id.ts';

const STUB_MAIN = fileURLToPath(new URL('stub-main.js', import.meta.url));

/** A folder with an app and a baton.yaml for one run of `baton up`; removed at the end. */
export interface Place extends Disposable {
  readonly folder: string;
  readonly dataDir: string;
  readonly port: number;
}

export async function makePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'baton-up-'));
  const port = await freePort();
  writeFileSync(join(folder, 'server.js'), "require('node:http').createServer((q, s) => s.end('hello')).listen(3000);\n");
  writeFileSync(
    join(folder, 'baton.yaml'),
    `apiVersion: baton/v1
pools: [{ name: shop, processModel: { shutdownTimeLimit: 5s } }]
apps: [{ name: shop, pool: shop, entry: ./server.js, bindings: ["http://*:${port}/"] }]
`,
  );
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  return { folder, dataDir, port, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A running `baton up`. */
export interface Up extends AsyncDisposable {
  readonly process: ChildProcess;
  /** All it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with its exit code. */
  readonly exited: Promise<number | null>;
  file(): ClusterFile;
}

export interface UpSettings {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly hasIpc?: boolean;
}

/** Starts `baton up` with stub services in a place; the default arguments name its baton.yaml, and the admin port is a free one. */
export function startUp(place: Place, { args = ['--config', 'baton.yaml'], env = {}, hasIpc = false }: UpSettings = {}): Up {
  const admin = args.includes('--admin-port') ? [] : ['--admin-port', '0'];
  const child = spawn(process.execPath, [STUB_MAIN, 'up', ...args, ...admin, '--data-dir', place.dataDir], {
    cwd: place.folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(hasIpc ? ['ipc' as const] : [])],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    output.stderr += chunk;
  });
  // Not "close": with an IPC channel that this side closed it never comes.
  const exited = Promise.all([once(child, 'exit'), finished(child.stdout!), finished(child.stderr!)]).then(
    ([[code]]) => code as number | null,
  );
  return {
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exited,
    file: () => readClusterFile(place.dataDir)!,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await exited;
      await until(() => processesOf(place).length === 0, 15_000, 'the end of every process');
    },
  };
}

/** Starts it and waits for the line `ready`; fails with all it printed when it ends before. */
export async function startReadyUp(place: Place, settings: UpSettings = {}): Promise<Up> {
  const up = startUp(place, settings);
  const ended = up.exited.then((code) => {
    throw new Error(`baton up ended with ${code}:\n${up.stdout()}${up.stderr()}`);
  });
  ended.catch(() => undefined);
  await Promise.race([until(() => /^ready$/m.test(up.stdout()), 30_000, 'the line "ready"'), ended]);
  return up;
}

/** Pids of every process that a cluster in this place has started and that has not ended. */
export function processesOf(place: Place): number[] {
  return listPids().filter((pid) => {
    try {
      const isZombie = /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      return !isZombie && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`BATON_DATA_DIR=${place.dataDir}`);
    } catch {
      return false;
    }
  });
}
