import type { Request } from '../request/request.ts';
import { Frame, Mark, NOBODY } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Adapter } from './adapter.ts';
import { deliver } from './deliver.ts';
import type { Link } from './link.ts';

/** The one synchronous step of a hand-over: `to` becomes the only eligible worker; what is in flight on `from` is counted. */
export function switchTo(system: System, adapter: Adapter, from: number, to: number): void {
  adapter.lastInFlight = tagInFlight(adapter, from);
  adapter.lastEnded = 0;
  for (const link of adapter.links) {
    const { generation } = link.worker;
    if (generation !== to && (adapter.isEligible(generation) || generation === from)) drain(link);
  }
  if (to !== NOBODY && system.rules.resumeFrame) resume(system, adapter.link(to));
  adapter.makeOnlyEligible(to);
  adapter.isOrphan = 0;
  adapter.lastFrom = from;
  adapter.lastTo = to;
  deliver(system, adapter);
}

/** Sends drain behind the last open frame, or marks the worker so that drain is the first frame it gets. */
export function drain(link: Link): void {
  if (link.mark === Mark.drained) return;
  link.mark = Mark.drained;
  link.send(Frame.drain);
}

/** A tagged request has ended, was moved or was replayed: it counts into the receipt. */
export function noteEnd(request: Request): void {
  if (request.isTagged === 0) return;
  request.isTagged = 0;
  request.adapter.lastEnded++;
}

function tagInFlight(adapter: Adapter, from: number): number {
  let inFlight = 0;
  for (const request of adapter.requests) {
    request.isTagged = from !== NOBODY && request.isInFlightOn(from) ? 1 : 0;
    inFlight += request.isTagged;
  }
  return inFlight;
}

function resume(system: System, link: Link): void {
  if (link.mark !== Mark.drained) return;
  link.mark = system.rules.resumeAcked ? Mark.resuming : Mark.none;
  link.send(Frame.resume);
}
