import type { WorkerIdentity } from '@baton/channel';
import type { Exchange } from './exchange.ts';

/** Header lines that the adapter adds to the response of a worker. */
export function addedLines({ app, coldCause, instance, arrivedAtMs, deliveredAtMs }: Exchange): string {
  const activation = coldCause === undefined ? '' : activationLine(deliveredAtMs - arrivedAtMs, coldCause);
  return app!.hasDiagnosticHeaders ? activation + workerLine(instance!.session.identity) : activation;
}

/**
 * "x-baton-activation: cold; ms=31; cause=first-request" for a request that waited for a start.
 *
 * - "cold" says that it waited, not how the worker came to be: a spare makes the wait short, and the event of the start names it.
 */
function activationLine(waitedMs: number, cause: string): string {
  return `x-baton-activation: cold; ms=${Math.round(waitedMs)}; cause=${cause}\r\n`;
}

/** "x-baton-worker: w3; slot=1; gen=4" for applications with diagnosticHeaders. */
function workerLine({ workerId, slot, generation }: WorkerIdentity): string {
  return `x-baton-worker: ${workerId}; slot=${slot.slice(slot.indexOf('/') + 1)}; gen=${generation}\r\n`;
}
