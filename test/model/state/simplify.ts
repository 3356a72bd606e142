import type { Adapter } from '../adapter/adapter.ts';
import type { System } from '../system.ts';
import { Life, Line, Work } from './words.ts';

/** Forgets what can no longer matter. */
export function simplify(system: System): void {
  const { world, configuration } = system;
  for (const request of world.requests) {
    if (request.state < Work.answered) continue;
    request.wasReplayed = 0;
    request.executions = 0;
  }
  for (const worker of world.workers) {
    if (worker.life < Life.exited) continue;
    worker.role = 0;
    for (const adapter of world.adapters) {
      const link = adapter.link(worker.generation);
      link.hasReadDrain = 0;
      if (link.line !== Line.none && link.line !== Line.ended) continue;
      link.mark = 0;
      link.leaving = 0;
    }
  }
  for (const adapter of world.adapters) forgetOpen(system, adapter);
  if (!configuration.countsReceipts) forgetCounts(system);
  if (configuration.isSymmetric) sortTwins(system);
}

/** A call to a leader that is no more, or from an adapter that is no more, has failed. */
function forgetOpen({ world }: System, adapter: Adapter): void {
  if (adapter.openNumber === 0 || world.leaderOf(adapter.openTo)) return;
  adapter.openNumber = 0;
  adapter.openTo = 0;
}

function forgetCounts({ world }: System): void {
  for (const adapter of world.adapters) {
    adapter.lastInFlight = adapter.lastFrom = adapter.lastTo = adapter.lastEnded = 0;
    adapter.toWas.map(withoutCount);
  }
  for (const leader of world.leaders) for (const seat of leader.seats) seat.count = 0;
  for (const request of world.requests) request.isTagged = 0;
}

function withoutCount(message: number): number {
  return message & 63;
}

/** Of two states that differ only by exchanging A and B the lower one stands for both. */
function sortTwins({ world: { memory, twins } }: System): void {
  const bytes = memory.all;
  for (const { at, length } of twins) {
    for (let k = at; k < at + length; k++) {
      const difference = (bytes[k] as number) - (bytes[k + length] as number);
      if (difference < 0) return;
      if (difference > 0) {
        exchangeTwins(bytes, twins);
        return;
      }
    }
  }
}

function exchangeTwins(bytes: Uint8Array, twins: readonly { at: number; length: number }[]): void {
  for (const { at, length } of twins) {
    for (let k = at; k < at + length; k++) {
      const ofA = bytes[k] as number;
      bytes[k] = bytes[k + length] as number;
      bytes[k + length] = ofA;
    }
  }
}
