import type { AdapterLog, RequestLine, SwitchLine } from './history.ts';

/** One slot as one adapter saw it: who was allowed to get new work, and who got it. */
export interface Seat {
  readonly adapter: string;
  readonly slot: string;
  /** In the order of their n. */
  readonly switches: readonly SwitchLine[];
  /** Requests that were handed to a worker. */
  readonly requests: readonly RequestLine[];
}

/** The seats of one adapter, by slot. */
export function seatsOf({ adapter, lines }: AdapterLog): Seat[] {
  const bySlot = Map.groupBy(
    lines.filter((line) => line.kind === 'handover' || line.n > 0),
    ({ slot }) => slot,
  );
  return [...bySlot].map(([slot, own]) => ({
    adapter,
    slot,
    switches: own.filter((line) => line.kind === 'handover').sort((a, b) => a.n - b.n),
    requests: own.filter((line) => line.kind === 'request'),
  }));
}

/** The last switch for which `isBefore` holds; it holds for none behind one for which it does not. */
function lastSwitch({ switches }: Seat, isBefore: (line: SwitchLine) => boolean): SwitchLine | undefined {
  let low = 0;
  let high = switches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(switches[middle]!)) low = middle + 1;
    else high = middle;
  }
  return switches[low - 1];
}

/** Who was allowed to get the request with this n; undefined: nobody ever was. */
export function eligibleFor(seat: Seat, n: number): string | undefined {
  return lastSwitch(seat, (line) => line.n < n)?.to;
}

/** Who was eligible at this time. */
export function eligibleAt(seat: Seat, atMs: number): string | undefined {
  return lastSwitch(seat, (line) => line.atMs <= atMs)?.to;
}
