// Question: how fast do large files and uploads go through TRANSMIT_FILE and ASYNC_READ_CLIENT, against nginx in front of a Node app that streams the same?
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cpuMicros } from './cpu.ts';
import { appAt, type Peer, startBaton, startDirect, startNginx } from './peers.ts';

const MIB = 2 ** 20;
const CONNECTIONS = 4;

export interface TransferRow {
  readonly peer: string;
  readonly direction: 'download' | 'upload';
  readonly mib: number;
  readonly mibPerSecond: number;
  /** CPU of all server processes. */
  readonly cpuMillisPerGib: number;
  readonly errors: number;
}

/** Each peer in turns, `repeat` runs of each row, of which the middle one by rate counts. The load is wrk's; undefined where it is not installed. */
export async function measureTransfers(seconds: number, repeat: number): Promise<readonly TransferRow[] | undefined> {
  const exec = promisify(execFile);
  if (
    !(await exec('wrk', ['-v']).then(
      () => true,
      (error) => error.code !== 'ENOENT',
    ))
  )
    return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'baton-bench-'));
  process.env.BENCH_FILES = folder; // the apps that are forked inherit it
  const sizes = [1, 64];
  for (const mib of sizes) {
    writeFileSync(join(folder, `${mib}.bin`), Buffer.alloc(mib * MIB, 'abcdefghijklmnopqrstuvwxyz'));
    // one `end` of the script for all: the body is made once
    writeFileSync(join(folder, `put-${mib}.lua`), `wrk.method = "PUT"\nwrk.body = string.rep("abcdefgh", ${(mib * MIB) / 8})\n`);
  }
  const peers: Peer[] = [];
  try {
    const app = appAt('stream-file.js');
    const nginx = await startNginx(app, '1.bin');
    if (nginx) peers.push(nginx);
    const pool = `environmentVariables: { BENCH_FILES: ${folder} }`;
    peers.push({ ...(await startBaton({ entry: appAt('transfer-extension.mjs'), pool })), name: 'Baton, ISAPI' });
    peers.push({ ...(await startBaton({ entry: app, pool })), name: 'Baton, streams' });
    peers.push(await startDirect(app));
    const rows: TransferRow[] = [];
    for (const direction of ['download', 'upload'] as const)
      for (const mib of sizes) {
        const script = direction === 'upload' ? ['-s', join(folder, `put-${mib}.lua`)] : [];
        const run = async (peer: Peer, forSeconds: number): Promise<TransferRow> => {
          const args = ['-t1', `-c${CONNECTIONS}`, `-d${forSeconds}s`, '--timeout', '60s', ...script, `${peer.url}${mib}.bin`];
          const pids = peer.pids();
          const before = cpuMicros(pids);
          const { stdout } = await exec('wrk', args);
          return { peer: peer.name, direction, mib, ...figuresOf(stdout, mib, cpuMicros(pids) - before) };
        };
        for (const peer of peers) await run(peer, 1); // warm up; starts the worker
        const runs: TransferRow[] = [];
        for (let round = 0; round < repeat; round++) for (const peer of peers) runs.push(await run(peer, mib > 1 ? 3 * seconds : seconds)); // a run that is cut through loses up to 4 transfers
        for (const peer of peers) rows.push(middle(runs.filter((row) => row.peer === peer.name)));
      }
    return rows;
  } finally {
    for (const peer of peers) await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whole transfers only: what was under way at the end of a run is not counted as moved, though its CPU is. */
function figuresOf(stdout: string, mib: number, micros: number): Pick<TransferRow, 'mibPerSecond' | 'cpuMillisPerGib' | 'errors'> {
  const [, requests, elapsed] = /(\d+) requests in ([\d.]+)s,/.exec(stdout) ?? [];
  if (!requests || !elapsed) throw new Error(`wrk printed no result:\n${stdout}`);
  const broken = [...stdout.matchAll(/(?:connect|read|write|timeout) (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const moved = Number(requests) * mib;
  return { mibPerSecond: moved / Number(elapsed), cpuMillisPerGib: micros / 1000 / (moved / 1024), errors: broken + refused };
}

function middle(rows: readonly TransferRow[]): TransferRow {
  return [...rows].sort((a, b) => a.mibPerSecond - b.mibPerSecond)[Math.floor(rows.length / 2)]!;
}
