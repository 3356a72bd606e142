import type { Finding } from './judge.ts';
import type { Overlap } from './overlap.ts';

/** One line per recycle: what its receipt says of the overlap, and what the clients saw. */
export function printOverlaps(overlaps: readonly Overlap[]): void {
  console.log('\nslot  generation  hosts                     overlap by the clients   by the receipt');
  for (const { slot, newGeneration, hosts, clientMs, receiptMs } of overlaps) {
    const [seen, told] = [clientMs === undefined ? 'not seen' : `${clientMs.toFixed(0)} ms`, `${receiptMs.toFixed(0)} ms`];
    console.log(
      `${slot.padStart(4)}  ${String(newGeneration).padStart(10)}  ${hosts.padEnd(24)}  ${seen.padStart(22)}  ${told.padStart(15)}`,
    );
  }
}

/** Each thing that must hold, marked. */
export function printFindings(findings: readonly Finding[]): void {
  console.log('');
  for (const { holds, what } of findings) console.log(`${holds ? 'ok    ' : 'FAILED'}  ${what}`);
}
