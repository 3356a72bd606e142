import { isRequired } from '../../cluster/cluster.ts';
import type { Worker } from '../../cluster/worker.ts';
import { LIMITS } from '../../limits.ts';
import type { Action } from '../actions.ts';
import type { SlotFacts } from '../facts.ts';

/** What a host has yet to be told, from what is wanted and what it has reported; told again until a report confirms it. */
export function giveOrders(facts: SlotFacts): Action | undefined {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const worker of facts.workers) {
    const host = facts.hosts.find(({ id }) => id === worker.record.host);
    if (!host?.isConnected || host.state === 'lost') continue;
    const verb = wantedVerb(worker);
    if (verb === 'start' && facts.isIdentityAwaited) continue;
    if (verb) {
      const dueMs = worker.lastOrder?.verb === verb ? worker.lastOrder.atMs + LIMITS.orderRepeatMs : 0;
      if (facts.now >= dueMs) return { do: 'order', workerId: worker.record.id, verb };
      nextMs = Math.min(nextMs, dueMs);
      continue;
    }
    const connect = wantedChannels(worker, facts);
    if (connect.refs.length > 0) return { do: 'connect', workerId: worker.record.id, refs: connect.refs };
    nextMs = Math.min(nextMs, connect.nextMs);
  }
  return Number.isFinite(nextMs) ? { do: 'wait', untilMs: nextMs } : undefined;
}

/** The order a worker's state asks for and its host has not confirmed. */
export function wantedVerb({ record, view }: Worker): 'start' | 'stop' | 'kill' | undefined {
  if (record.state === 'starting') return view.reported === undefined ? 'start' : undefined;
  if (record.state === 'draining') return 'stop';
  // A host that says the worker runs has not got the order, whatever an earlier leader heard.
  const isConfirmed = view.reported === undefined || view.reported === 'stopping';
  if (record.state === 'stopping') return record.isForced ? 'kill' : isConfirmed ? undefined : 'stop';
  return undefined;
}

/** Attached channels a running worker is not connected on and was not told of lately. */
function wantedChannels({ record, view, toldAtMs }: Worker, { now, channels }: SlotFacts): { refs: string[]; nextMs: number } {
  const isDialling =
    record.state === 'connecting' || record.state === 'ready' || (record.state === 'starting' && view.reported !== undefined);
  const refs: string[] = [];
  let nextMs = Number.POSITIVE_INFINITY;
  for (const channel of isDialling ? channels : []) {
    if (!isRequired(channel) || channel.presence !== 'attached' || view.connected.has(channel.ref)) continue;
    const dueMs = (toldAtMs.get(channel.ref) ?? Number.NEGATIVE_INFINITY) + LIMITS.connectRepeatMs;
    if (now >= dueMs) refs.push(channel.ref);
    else nextMs = Math.min(nextMs, dueMs);
  }
  return { refs, nextMs };
}
