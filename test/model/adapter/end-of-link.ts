import { Line, NOBODY, Work } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Adapter } from './adapter.ts';
import { deliver } from './deliver.ts';
import type { Link } from './link.ts';
import { noteEnd } from './switch-to.ts';

/** The adapter learns that a worker is dead: its requests are moved, replayed once, or lost. */
export function endLink(system: System, adapter: Adapter, link: Link): void {
  const { worker } = link;
  link.line = Line.ended;
  link.frames.clear();
  if (adapter.isEligible(worker.generation)) {
    adapter.removeEligible(worker.generation);
    if (adapter.eligible === 0) adapter.isOrphan = 1;
  }
  for (const request of adapter.requests) {
    if (!request.isInFlightOn(worker.generation)) continue;
    noteEnd(request);
    request.worker = NOBODY;
    if (request.isSafe && request.wasReplayed === 0) {
      request.wasReplayed = 1;
      request.state = Work.parked;
    } else {
      request.state = Work.failed;
      if (worker.endedWithoutExcuse) system.violate('a request failed although no worker that had begun it died');
    }
  }
  deliver(system, adapter);
}
