import { Mark, Work } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Adapter } from './adapter.ts';

/** Parked requests go to the eligible worker as soon as it is connected and has acknowledged its resume frame. */
export function deliver(system: System, adapter: Adapter): void {
  if (adapter.eligible === 0) return;
  const generation = adapter.eligibleGeneration;
  const link = adapter.link(generation);
  if (!link.isUp && !system.has('deliver-unconnected')) return;
  for (const request of adapter.requests) {
    if (request.state !== Work.parked) continue;
    if (!link.isUp) {
      system.violate('work was written to a worker that is not connected there');
      return;
    }
    if (link.mark === Mark.resuming) return;
    if (link.mark === Mark.drained) system.violate('new work was handed over after the drain frame');
    request.state = Work.written;
    request.worker = generation;
    link.send(request.number);
  }
}
