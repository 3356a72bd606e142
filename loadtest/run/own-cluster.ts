import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@baton/core/testing';

const root = new URL('../..', import.meta.url).pathname;

/** A cluster that a scenario runs against. */
export interface Target extends AsyncDisposable {
  /** Public addresses, without a slash at the end. */
  readonly urls: readonly string[];
  readonly adminUrl: string;
  readonly token: string;
}

export interface OwnClusterOptions {
  /** Changes the text of loadtest/baton.yaml before it is used. */
  readonly change?: (yaml: string) => string;
  /** More options of `baton up`. */
  readonly args?: readonly string[];
}

/** Starts two hosts and two adapters with the load-test app on free ports; disposing of it stops them, and throws unless they ended well. */
export async function startOwnCluster({ change = (yaml) => yaml, args = [] }: OwnClusterOptions = {}): Promise<Target> {
  const dir = mkdtempSync(join(tmpdir(), 'baton-load-'));
  const port = await freePort();
  const yaml = readFileSync(join(root, 'loadtest/baton.yaml'), 'utf8').replace('*:8080/', `*:${port}/`);
  writeFileSync(join(dir, 'baton.yaml'), change(yaml));
  const up = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', join(root, 'packages/cli/dist/main.js'), 'up', '--config', join(dir, 'baton.yaml')],
      ...['--app-root', join(root, 'loadtest'), '--data-dir', join(dir, 'data'), '--admin-port', '0', '--hosts', '2', '--adapters', '2'],
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const exited = once(up, 'exit') as Promise<[number | null]>;
  await untilReady(up, exited);
  const { adminUrl, token } = JSON.parse(readFileSync(join(dir, 'data/cluster.json'), 'utf8')) as { adminUrl: string; token: string };
  return {
    urls: [`http://127.0.0.1:${port}`],
    adminUrl,
    token,
    async [Symbol.asyncDispose]() {
      if (up.exitCode === null) up.kill('SIGINT');
      const [code] = await exited;
      if (code !== 0) throw new Error(`the cluster ended with ${code}; its logs are in ${dir}`);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function untilReady(up: ReturnType<typeof spawn>, exited: Promise<[number | null]>): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      if (output.length < 100_000) output += chunk;
      if (/^ready$/m.test(output)) resolve();
    };
    up.stdout?.on('data', read);
    up.stderr?.on('data', read);
    exited.then(([code]) => reject(new Error(`baton up ended with ${code}:\n${output}`)), reject);
  });
}
