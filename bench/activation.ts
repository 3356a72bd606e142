import { fork } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BatonPeer, startBaton } from './peers.ts';

/** Times in ms, sorted. */
export interface ActivationResult {
  readonly name: string;
  readonly timesMs: readonly number[];
}

const APP = new URL('./apps/hello.js', import.meta.url).pathname;

/** From fork() of the bare app to its first answer: what a start costs without Baton. */
export async function measureFork(rounds: number): Promise<ActivationResult> {
  const timesMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const child = fork(APP, { env: { ...process.env, PORT: '' } });
    const [{ port }] = await once(child, 'message');
    await request(`http://127.0.0.1:${port}/`);
    timesMs.push(performance.now() - start);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  return { name: 'bare fork', timesMs: sort(timesMs) };
}

/** First request to an idle pool, from its first byte to the end of the answer; the worker idles out between the rounds. */
export async function measureActivation(name: string, spares: number, rounds: number): Promise<ActivationResult> {
  const baton = await startBaton({ args: ['--spares', String(spares)], pool: 'processModel: { idleTimeout: 300ms }' });
  try {
    const timesMs: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      await idle(baton, spares);
      const start = performance.now();
      await request(baton.url);
      if (round > 0) timesMs.push(performance.now() - start); // the first one warms the services up
    }
    return { name, timesMs: sort(timesMs) };
  } finally {
    await baton.stop();
  }
}

async function idle(baton: BatonPeer, spares: number): Promise<void> {
  for (;;) {
    const workers = baton.baton('wp', 'list') as unknown[];
    const hosts = baton.baton('host', 'list') as { spares: number }[];
    if (workers.length === 0 && (hosts[0]?.spares ?? 0) >= spares) break;
    await sleep(50);
  }
  await sleep(200); // a spare that was just made is still warming up
}

function request(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.resume().on('end', resolve);
    }).on('error', reject);
  });
}

export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function sort(times: readonly number[]): number[] {
  return [...times].sort((a, b) => a - b);
}
