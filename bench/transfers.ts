// Question: how fast do large files and uploads go through TRANSMIT_FILE and ASYNC_READ_CLIENT, against nginx in front of a Node app that streams the same?
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appAt, type Peer, startBaton, startDirect, startNginx } from './peers.ts';
import { CONNECTIONS, hasWrk, type TransferFigures, transfer } from './transfer-load.ts';

const MIB = 2 ** 20;
const NGINX = 'nginx + Node';

/**
 * What suits nginx when bodies are large, tried on this machine: by itself it writes to a file what a client does not take at once, and it has buffers of
 * 4 KiB. With these it takes 0.6 of the CPU.
 */
const LARGE_BODIES =
  'proxy_max_temp_file_size 0; proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k; client_body_buffer_size 64k;';

export interface TransferRow extends TransferFigures {
  readonly peer: string;
  readonly direction: 'download' | 'upload';
  readonly mib: number;
  /** Rate and CPU against nginx's in the same round: medians, and all of them in order; undefined without nginx. */
  readonly rateOfNginx: number | undefined;
  readonly cpuOfNginx: number | undefined;
  readonly rates: readonly number[];
}

interface Round {
  readonly direction: TransferRow['direction'];
  readonly mib: number;
  readonly of: ReadonlyMap<string, TransferFigures>;
}

/**
 * Rounds of all peers one behind the other, `repeat` of each kind, after one that does not count. The load is wrk's; undefined where it is not installed.
 *
 * - The machine's speed drifts within a minute, so that only what ran side by side compares: ratios are taken within a round, and their median counts.
 * - Every round begins with another peer: who follows the load generator's own start would have the colder machine each time.
 */
export async function measureTransfers(seconds: number, repeat: number): Promise<readonly TransferRow[] | undefined> {
  if (!(await hasWrk())) return undefined;
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
    const nginx = await startNginx(app, '1.bin', LARGE_BODIES);
    if (nginx) peers.push({ ...nginx, name: NGINX });
    const pool = `environmentVariables: { BENCH_FILES: ${folder} }`;
    peers.push({ ...(await startBaton({ entry: appAt('transfer-extension.mjs'), pool })), name: 'Baton, ISAPI' });
    peers.push({ ...(await startBaton({ entry: app, pool })), name: 'Baton, streams' });
    peers.push(await startDirect(app));
    const rounds: Round[] = [];
    for (let count = 0; count <= repeat; count++)
      for (const direction of ['download', 'upload'] as const)
        for (const mib of sizes) {
          const of = new Map<string, TransferFigures>();
          const shift = count % peers.length;
          for (const peer of [...peers.slice(shift), ...peers.slice(0, shift)]) {
            const script = direction === 'upload' ? join(folder, `put-${mib}.lua`) : undefined;
            // a run that is cut through loses up to 4 uploads
            const forSeconds = count === 0 ? 1 : Math.ceil(mib > 1 ? 3 * seconds : seconds);
            of.set(peer.name, await transfer(peer, `${mib}.bin`, mib, forSeconds, script));
          }
          if (count > 0) rounds.push({ direction, mib, of });
        }
    return rowsOf(peers, rounds);
  } finally {
    for (const peer of peers) await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(peers: readonly Peer[], rounds: readonly Round[]): TransferRow[] {
  const kinds = new Map(rounds.map((round) => [`${round.direction} ${round.mib}`, round]));
  return [...kinds.values()].flatMap(({ direction, mib }) =>
    peers.map(({ name }) => {
      const own = rounds.filter((round) => round.direction === direction && round.mib === mib);
      const ratio = (figure: 'mibPerSecond' | 'cpuMillisPerGib') =>
        own.flatMap(({ of }) => (of.has(NGINX) ? [of.get(name)![figure] / of.get(NGINX)![figure]] : []));
      const figures = own.map(({ of }) => of.get(name)!);
      return {
        peer: name,
        direction,
        mib,
        mibPerSecond: middle(figures.map((one) => one.mibPerSecond)),
        cpuMillisPerGib: middle(figures.map((one) => one.cpuMillisPerGib)),
        loadMillisPerGib: middle(figures.map((one) => one.loadMillisPerGib)),
        errors: figures.reduce((sum, { errors }) => sum + errors, 0),
        rateOfNginx: middleOrNone(ratio('mibPerSecond')),
        cpuOfNginx: middleOrNone(ratio('cpuMillisPerGib')),
        rates: sorted(ratio('mibPerSecond')),
      };
    }),
  );
}

/** The table. */
export function printTransfers(transfers: readonly TransferRow[], seconds: number, repeat: number): void {
  console.log(
    `\ntransfers by ${CONNECTIONS} connections, ${seconds} s a run (three times as long for 64 MiB); medians of ${repeat} rounds, ratios within a round; CPU of all server processes\n`,
  );
  console.log('direction   file     served by        MiB/s   of nginx (all rounds)        CPU ms/GiB   of nginx   load gen.   errors');
  for (const {
    direction,
    mib,
    peer,
    mibPerSecond,
    rateOfNginx,
    rates,
    cpuMillisPerGib,
    cpuOfNginx,
    loadMillisPerGib,
    errors,
  } of transfers) {
    const spread = rates.length > 1 ? `(${rates[0]!.toFixed(2)} to ${rates.at(-1)!.toFixed(2)})` : '';
    console.log(
      `${direction.padEnd(11)} ${`${mib} MiB`.padEnd(8)} ${peer.padEnd(15)} ${mibPerSecond.toFixed(0).padStart(6)} ${ratioOf(rateOfNginx).padStart(10)} ${spread.padEnd(19)} ${cpuMillisPerGib.toFixed(0).padStart(11)} ${ratioOf(cpuOfNginx).padStart(10)} ${loadMillisPerGib.toFixed(0).padStart(11)} ${String(errors).padStart(8)}`,
    );
  }
}

const ratioOf = (ratio: number | undefined): string => ratio?.toFixed(2) ?? '';
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const middleOrNone = (values: readonly number[]): number | undefined => (values.length > 0 ? middle(values) : undefined);

/** Of an even number of values, the mean of the two in the middle. */
function middle(values: readonly number[]): number {
  const all = sorted(values);
  const half = all.length / 2;
  return (all[Math.ceil(half) - 1]! + all[Math.floor(half)]!) / 2;
}
