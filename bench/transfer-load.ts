import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cpuMicros } from './cpu.ts';
import type { Peer } from './peers.ts';

/** Clients at once. */
export const CONNECTIONS = 4;

const exec = promisify(execFile);

export interface TransferFigures {
  readonly mibPerSecond: number;
  /** CPU of all server processes. */
  readonly cpuMillisPerGib: number;
  /** CPU of the load generator: as long as it is far below what the servers take, it is not what is measured. */
  readonly loadMillisPerGib: number;
  readonly errors: number;
}

/** Whether the load generator is installed. */
export function hasWrk(): Promise<boolean> {
  return exec('wrk', ['-v']).then(
    () => true,
    (error) => error.code !== 'ENOENT',
  );
}

/** One run: files of `mib` MiB at `path` of the peer, fetched, or sent by the Lua script. */
export async function transfer(peer: Peer, path: string, mib: number, seconds: number, script?: string): Promise<TransferFigures> {
  const pids = peer.pids();
  const before = cpuMicros(pids);
  const timed = `wrk -t1 -c${CONNECTIONS} -d${seconds}s --timeout 60s ${script ? `-s '${script}' ` : ''}'${peer.url}${path}'; times`;
  const { stdout } = await exec('bash', ['-c', timed]);
  const micros = cpuMicros(pids) - before;
  const [, requests, elapsed, bytes, unit] = /(\d+) requests in ([\d.]+)s, ([\d.]+)(KB|MB|GB|B) read/.exec(stdout) ?? [];
  if (!requests || !elapsed) throw new Error(`wrk printed no result:\n${stdout}`);
  const broken = [...stdout.matchAll(/(?:connect|read|write|timeout) (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  // What was fetched is known to the byte; of what was sent only whole files are, and those under way at the end of a run are lost.
  const moved = script ? Number(requests) * mib : Number(bytes) * MIB_OF[unit as keyof typeof MIB_OF];
  return {
    mibPerSecond: moved / Number(elapsed),
    cpuMillisPerGib: micros / 1000 / (moved / 1024),
    loadMillisPerGib: childMillis(stdout) / (moved / 1024),
    errors: broken + refused,
  };
}

const MIB_OF = { B: 2 ** -20, KB: 2 ** -10, MB: 1, GB: 1024 };

/** The last line of bash's `times`: user and system time of its children, "0m1.234s 0m2.345s". */
function childMillis(stdout: string): number {
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return [...last.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
}
