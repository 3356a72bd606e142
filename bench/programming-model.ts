// Question: what do the parts of the programming model cost that move bytes or hold requests? The parts are in files of their own.
import { measureOverlapped, type OverlappedResult } from './overlapped.ts';
import { measurePending, type PendingResult } from './pending.ts';
import { measureTransfers, printTransfers, type TransferRow } from './transfers.ts';

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
  for (const depth of [1, 16, 64]) overlapped.push(await measureOverlapped(depth, 6 * repeat + 1, depth === 1 ? 8_000 : 60_000));
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
