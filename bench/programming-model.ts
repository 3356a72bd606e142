// Question: what do the parts of the programming model cost that move bytes or hold requests? The parts are in files of their own.
import { measureOverlapped, type OverlappedResult } from './overlapped.ts';
import { measurePending, type PendingResult } from './pending.ts';
import { measureTransfers, type TransferRow } from './transfers.ts';

export interface ModelResult {
  readonly seconds: number;
  readonly repeat: number;
  readonly overlapped: readonly OverlappedResult[];
  readonly pending: PendingResult;
  /** undefined: wrk is not installed. */
  readonly transfers: readonly TransferRow[] | undefined;
}

export async function measureModel({ seconds, repeat }: { seconds: number; repeat: number }): Promise<ModelResult> {
  const overlapped: OverlappedResult[] = [];
  for (const depth of [1, 16, 64]) overlapped.push(await measureOverlapped(depth, 3 * repeat));
  const pending = await measurePending(10_000);
  return { seconds, repeat, overlapped, pending, transfers: await measureTransfers(seconds, repeat) };
}

/** The tables, with the ratios that have a goal. */
export function printModel({ seconds, repeat, overlapped, pending, transfers }: ModelResult): void {
  console.log('\nreads of 4 KiB, file in the cache    fs.read/s   through the pool/s   ratio (goal >= 0.90)   CPU/read');
  for (const { depth, rawPerSecond, poolPerSecond, ratio, rawCpuMicros, poolCpuMicros } of overlapped)
    console.log(
      `${`depth ${depth}`.padEnd(33)} ${rawPerSecond.toFixed(0).padStart(12)} ${poolPerSecond.toFixed(0).padStart(20)} ${ratio.toFixed(2).padStart(7)} ${`${rawCpuMicros.toFixed(1)} -> ${poolCpuMicros.toFixed(1)} µs`.padStart(26)}`,
    );
  const { requests, openBytes, pendingBytes, differenceBytes } = pending;
  console.log(
    `\n${requests} requests, heap after GC for each: open ${openBytes} bytes, PENDING ${pendingBytes}, the difference ${differenceBytes} (goal <= 8192)`,
  );
  if (transfers) printTransfers(transfers, seconds, repeat);
  else console.log('\nwrk is not installed: the transfers are not measured');
}

function printTransfers(transfers: readonly TransferRow[], seconds: number, repeat: number): void {
  console.log(
    `\ntransfers by 4 connections, ${seconds} s a run (three times as long for 64 MiB), median of ${repeat}; CPU of all server processes\n`,
  );
  console.log('direction   file      served by          MiB/s   of nginx   CPU ms/GiB   errors');
  for (const row of transfers) {
    const nginx = transfers.find(({ peer, direction, mib }) => peer === 'nginx + Node' && direction === row.direction && mib === row.mib);
    const share = nginx ? (row.mibPerSecond / nginx.mibPerSecond).toFixed(2) : '';
    console.log(
      `${row.direction.padEnd(11)} ${`${row.mib} MiB`.padEnd(9)} ${row.peer.padEnd(15)} ${row.mibPerSecond.toFixed(0).padStart(8)} ${share.padStart(10)} ${(Number.isFinite(row.cpuMillisPerGib) ? row.cpuMillisPerGib.toFixed(0) : '-').padStart(12)} ${String(row.errors).padStart(8)}`,
    );
  }
}
