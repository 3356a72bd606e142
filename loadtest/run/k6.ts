import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** What `go install` builds when there is no other k6. */
export const K6_VERSION = 'v1.8.1';
/** What a container engine has to hold for k6 to run in it. */
const IMAGE = process.env.BATON_K6_IMAGE ?? 'docker.io/grafana/k6';
const BUILD_LIMIT_MS = 15 * 60_000;

const root = new URL('../..', import.meta.url).pathname;

/** A way to run k6 on this machine. */
export interface K6 {
  readonly name: string;
  readonly command: string;
  /** What stands before the arguments of k6 itself. */
  readonly prefix: (environment: readonly string[]) => readonly string[];
}

/** k6 from PATH, else from an image that is here, else built with Go into .cache; throws one line that says what is missing. */
export function findK6(say: (line: string) => void): K6 {
  if (answers('k6', ['version'])) return { name: 'k6 on PATH', command: 'k6', prefix: () => [] };
  const engine = ['podman', 'docker'].find((name) => answers(name, ['image', 'inspect', IMAGE]));
  if (engine) return { name: `${IMAGE} in ${engine}`, command: engine, prefix: inContainer };
  const built = join(root, '.cache/k6', K6_VERSION, 'k6');
  if (!existsSync(built)) build(join(built, '..'), say);
  return { name: `k6 ${K6_VERSION} built with Go`, command: built, prefix: () => [] };
}

/** Runs k6 with its output shown as it comes; resolves with its exit code (99: a threshold was crossed). */
export async function runK6(k6: K6, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(k6.command, [...k6.prefix(Object.keys(environment)), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const [code] = await once(child, 'exit');
  return (code as number | null) ?? 1;
}

/** The repository at its own path inside, and the machine's network, so that paths and addresses mean the same. */
function inContainer(environment: readonly string[]): readonly string[] {
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const variables = environment.flatMap((name) => ['--env', name]);
  return ['run', '--rm', '--network', 'host', '--user', user, '--volume', `${root}:${root}`, '--workdir', root, ...variables, IMAGE];
}

function build(folder: string, say: (line: string) => void): void {
  if (!answers('go', ['version']))
    throw new Error(`k6 is missing: put it on PATH, or pull ${IMAGE} with podman or docker, or install Go 1.25 or later to build it`);
  say(`building k6 ${K6_VERSION} with Go into .cache/k6 (once)`);
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('go', ['install', '-trimpath', '-ldflags=-s -w', `go.k6.io/k6@${K6_VERSION}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
      timeout: BUILD_LIMIT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const last = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : String(error);
    throw new Error(`k6 is missing and go install go.k6.io/k6@${K6_VERSION} failed: ${last}`);
  }
}

function answers(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}
