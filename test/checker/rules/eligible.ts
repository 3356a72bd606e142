import type { AdapterLog, History, Violation } from '../history.ts';
import { eligibleFor, seatsOf } from '../seats.ts';

/**
 * At most one worker of a slot is eligible on an adapter at a time, and only it gets new work; never one that was drained and not resumed.
 *
 * - Judged by the adapter's own count: a request with number n belongs to whom the last switch before n named.
 */
export function checkEligible({ adapters }: History): Violation[] {
  return adapters.flatMap((log) => [...checkCount(log), ...seatsOf(log).flatMap(checkSeat)]);
}

function checkSeat(seat: ReturnType<typeof seatsOf>[number]): Violation[] {
  return seat.requests.flatMap((request): Violation[] => {
    const allowed = eligibleFor(seat, request.n);
    if (allowed === request.worker) return [];
    const wasEligible = seat.switches.some(({ to, n }) => to === request.worker && n < request.n);
    const who = allowed === undefined ? 'nobody was eligible yet' : allowed === '' ? 'everybody was drained' : `${allowed} was eligible`;
    const message = `request ${request.requestId} (n ${request.n}) went to ${request.worker} of ${seat.slot} on ${seat.adapter}, where ${who}`;
    return [{ rule: wasEligible ? 'nothing for the drained' : 'one eligible worker', message }];
  });
}

/** Without a count that gives each number once, in order, nothing else can be judged. */
function checkCount({ adapter, lines }: AdapterLog): Violation[] {
  const seen = new Set<number>();
  const found: Violation[] = [];
  let lastSwitch = 0;
  for (const { n, kind } of lines) {
    if (kind === 'request' && n === 0) continue;
    if (seen.has(n)) found.push({ rule: 'one eligible worker', message: `${adapter} gave the number ${n} twice` });
    seen.add(n);
    if (kind === 'handover' && n <= lastSwitch) {
      found.push({ rule: 'one eligible worker', message: `${adapter} switched with number ${n} after number ${lastSwitch}` });
    }
    if (kind === 'handover') lastSwitch = n;
  }
  return found;
}
