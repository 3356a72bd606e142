import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@baton/core/testing';
import { fixture } from '../../support/index.ts';

/** An app that answers on `port` of the loopback interface. */
export interface RunningApp extends AsyncDisposable {
  readonly port: number;
  /** What it printed. */
  output(): string;
}

/** Runs a fixture app with Node alone. */
export async function runDirect(path: string, env: NodeJS.ProcessEnv = {}): Promise<RunningApp> {
  const port = await freePort();
  const child = spawn(process.execPath, [fixture(path)], {
    env: { ...process.env, ...env, PORT: String(port), NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${path} ended with ${child.exitCode}: ${output}`);
    await delay(20);
  }
  return {
    port,
    output: () => output,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
