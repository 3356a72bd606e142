import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

export const root = new URL('../..', import.meta.url).pathname;
/** What is built once and kept between runs. */
export const cache = `${root}.cache/pods`;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Shows its output as it comes instead of keeping it. */
  readonly isShown?: boolean;
  /** Returns what it printed on stderr too, after the rest. */
  readonly isMerged?: boolean;
}

/** Runs a program in the root of the repository to its end and returns what it printed; throws with the last lines of it unless it ended with 0. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, [...args], {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', options.isShown ? 'inherit' : 'pipe', options.isShown ? 'inherit' : 'pipe'],
    timeout: options.timeoutMs ?? 10 * 60_000,
  });
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const [code, signal] = await once(child, 'close');
  if (code === 0) return (options.isMerged ? `${output}\n${errors}` : output).trim();
  const last = `${output}\n${errors}`.trim().split('\n').slice(-8).join('\n');
  throw new Error(`${command} ${args.slice(0, 3).join(' ')} … ended with ${code ?? signal}${options.isShown ? '' : `:\n${last}`}`);
}

/** The path of a program on PATH. */
export function which(command: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', 'command -v "$0"', command], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** One line that says what a machine lacks for this test. */
export function lack(what: string): Error {
  return new Error(`test:pods needs ${what}`);
}
