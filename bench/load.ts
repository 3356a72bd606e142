import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** What one load run measured. */
export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly errors: number;
}

const exec = promisify(execFile);

/** Name of the generator in use: wrk when it is on PATH, else autocannon (which costs the machine more CPU itself). */
export const generator = hasWrk() ? 'wrk' : 'autocannon';

/** Keeps `connections` connections busy for `seconds`. */
export function load(url: string, connections: number, seconds: number): Promise<LoadResult> {
  return generator === 'wrk' ? loadWithWrk(url, connections, seconds) : loadWithAutocannon(url, connections, seconds);
}

async function loadWithWrk(url: string, connections: number, seconds: number): Promise<LoadResult> {
  const { stdout } = await exec('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', url]);
  const [, requests, elapsed] = /(\d+) requests in ([\d.]+)s,/.exec(stdout) ?? [];
  if (!requests || !elapsed) throw new Error(`wrk printed no result for ${url}:\n${stdout}`);
  const errors = [...stdout.matchAll(/(?:connect|read|write|timeout) (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return {
    requests: Number(requests),
    requestsPerSecond: Number(requests) / Number(elapsed),
    p50Micros: wrkLatency(stdout, '50%'),
    p99Micros: wrkLatency(stdout, '99%'),
    errors: errors + refused,
  };
}

function wrkLatency(text: string, row: string): number {
  const [, value, unit] = new RegExp(`${row}\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? [];
  return Number(value) * (unit === 'us' ? 1 : unit === 'ms' ? 1e3 : 1e6);
}

async function loadWithAutocannon(url: string, connections: number, seconds: number): Promise<LoadResult> {
  const { stdout } = await exec('node_modules/.bin/autocannon', ['-c', String(connections), '-d', String(seconds), '-j', url], {
    maxBuffer: 1e8,
  });
  const result = JSON.parse(stdout);
  return {
    requests: result.requests.total,
    requestsPerSecond: result.requests.average,
    p50Micros: result.latency.p50 * 1e3,
    p99Micros: result.latency.p99 * 1e3,
    errors: result.errors + result.non2xx,
  };
}

function hasWrk(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v wrk'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
