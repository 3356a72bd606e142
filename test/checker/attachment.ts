import type { AdapterLog, EventRecord } from './history.ts';

/** A channel counts as attached so long after its adapter's stream was lost (handover.md, Words). */
export const GRACE_MS = 5_000;
/** Clocks of two processes on one machine differ by less. */
export const SKEW_MS = 50;

/**
 * Tells whether WAS had to ask an adapter at a time: attached, or within its 5 s.
 *
 * - Doubt is resolved for the adapter: what is not known is not required. Its log does not say of which protocol a switch was, so it is asked only
 *   while every protocol that it has registered is attached.
 */
export function attachmentOf(events: readonly EventRecord[]): (log: AdapterLog, atMs: number) => boolean {
  const changes = events.filter(({ type }) => type === 'adapter.attached' || type === 'adapter.detached');
  return (log, atMs) => {
    if (log.isCut && atMs > lastWrittenAt(log)) return false;
    const own = changes.filter((event) => nameIn(event) === log.adapter && event.atMs <= atMs - SKEW_MS);
    const lastOf = new Map(own.map((event) => [protocolIn(event), event]));
    return lastOf.size > 0 && [...lastOf.values()].every((last) => isAttached(last, atMs));
  };
}

function isAttached({ type, cause, atMs: sinceMs }: EventRecord, atMs: number): boolean {
  if (type === 'adapter.attached') return true;
  return cause !== 'unregistered' && atMs < sinceMs + GRACE_MS - SKEW_MS;
}

/** These events name their adapter in the message only: "adapter a1 (http) is attached …", "adapter a1 has unregistered protocol http". */
function nameIn({ message }: EventRecord): string {
  return /^adapter (\S+)/.exec(message)?.[1] ?? '';
}

function protocolIn({ message }: EventRecord): string {
  return /^adapter \S+ (?:\(([^)]*)\)|has unregistered protocol (\S+))/.exec(message)?.slice(1).find(Boolean) ?? '';
}

/** Lines are written in order: up to the last one that is there, none is missing. */
function lastWrittenAt({ lines }: AdapterLog): number {
  const switches = lines.filter(({ kind }) => kind === 'handover');
  return switches.at(-1)?.atMs ?? 0;
}
