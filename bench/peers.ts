import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@baton/core/testing';
import { processTree } from './cpu.ts';

/** A way to serve an app, ready to be measured. */
export interface Peer {
  readonly name: string;
  readonly url: string;
  /** Every process that works for it, load generator excluded. */
  pids(): number[];
  stop(): Promise<void>;
}

/** The app that is served when none is named. */
const APP = appAt('hello.js');

/** Path of an app of the bench. */
export function appAt(name: string): string {
  return new URL(`./apps/${name}`, import.meta.url).pathname;
}

/** The app itself. */
export async function startDirect(entry = APP): Promise<Peer> {
  const { child, port } = await forkApp(entry);
  return { name: 'direct Node', url: `http://127.0.0.1:${port}/`, pids: () => [child.pid!], stop: () => end(child) };
}

/**
 * nginx, one process, upstream keepalive 64, no access log, in front of the app; undefined when nginx is not installed. `path` answers 200; `location` are
 * directives for it.
 */
export async function startNginx(entry = APP, path = '', location = ''): Promise<Peer | undefined> {
  try {
    execFileSync('sh', ['-c', 'command -v nginx'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const { child: app, port: upstream } = await forkApp(entry);
  const dir = mkdtempSync(join(tmpdir(), 'baton-bench-'));
  const port = await freePort();
  const config = readFileSync(new URL('./nginx.conf', import.meta.url), 'utf8');
  writeFileSync(
    join(dir, 'nginx.conf'),
    config
      .replaceAll('@PORT@', `${port}`)
      .replaceAll('@UPSTREAM@', `${upstream}`)
      .replaceAll('@DIR@', dir)
      .replaceAll('@LOCATION@', location),
  );
  const nginx = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const url = `http://127.0.0.1:${port}/`;
  await answers(`${url}${path}`);
  return {
    name: 'nginx + Node',
    url,
    pids: () => [...processTree(nginx.pid!), app.pid!],
    stop: async () => {
      await Promise.all([end(nginx), end(app)]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface BatonOptions {
  /** More options of `baton up`. */
  readonly args?: readonly string[];
  /** Path of the app. @default that of bench/apps/hello.js */
  readonly entry?: string;
  /** Pool settings, YAML in flow style. */
  readonly pool?: string;
}

export interface BatonPeer extends Peer {
  readonly dataDir: string;
  /** Runs a `baton` command against this cluster and parses its JSON. */
  baton(...args: string[]): unknown;
  /** Where its admin API is, and the token. */
  admin(): { readonly url: string; readonly token: string };
}

/** `baton up` with its defaults, in a data directory of its own. */
export async function startBaton(options: BatonOptions = {}): Promise<BatonPeer> {
  const dir = mkdtempSync(join(tmpdir(), 'baton-bench-'));
  const port = await freePort();
  mkdirSync(join(dir, 'data'));
  writeFileSync(
    join(dir, 'baton.yaml'),
    `apiVersion: baton/v1
pools:
  - { name: hello${options.pool ? `, ${options.pool}` : ''} }
apps:
  - { name: hello, pool: hello, entry: ${options.entry ?? APP}, bindings: ["http://*:${port}/"] }
`,
  );
  const cli = new URL('../packages/cli/dist/main.js', import.meta.url).pathname;
  const dataDir = join(dir, 'data');
  const up = spawn(
    process.execPath,
    [cli, 'up', '--config', join(dir, 'baton.yaml'), '--data-dir', dataDir, '--admin-port', '0', ...(options.args ?? [])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    up.stdout?.on('data', (chunk) => {
      output += chunk;
      if (/^ready$/m.test(output)) resolve();
    });
    up.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    up.on('exit', (code) => reject(new Error(`baton up ended with ${code}:\n${output}`)));
  });
  await ready;
  const baton = (...args: string[]) =>
    JSON.parse(execFileSync(process.execPath, [cli, ...args, '--data-dir', dataDir, '--json'], { encoding: 'utf8' }));
  return {
    name: 'Baton',
    url: `http://127.0.0.1:${port}/`,
    dataDir,
    baton,
    admin: () => {
      const { adminUrl, token } = JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8')) as { adminUrl: string; token: string };
      return { url: adminUrl, token };
    },
    pids: () => processTree(up.pid!).filter((pid) => pid !== up.pid),
    stop: async () => {
      await end(up, 'SIGINT');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function forkApp(entry: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(entry, { env: { ...process.env, PORT: '' } });
  const [message] = await once(child, 'message');
  return { child, port: message.port };
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      if ((await fetch(url)).ok) return;
    } catch (error) {
      if (attempt > 100) throw error;
    }
    await sleep(20);
  }
}
