import type { Action } from '../actions.ts';
import { isOpen, type SlotFacts } from '../facts.ts';

/** A worker that says it is idle: an idle-out begins, or it is told why not. A worker that is leaving anyway needs no answer but its stop. */
export function considerWish(facts: SlotFacts): Action | undefined {
  const { wish, change } = facts.slot;
  if (!wish) return undefined;
  const { workerId, connected } = wish;
  const isAnswered = change?.phase === 'finishing' || (change?.stored.kind === 'idle' && change.phase !== 'rolling');
  if (change?.stored.from === workerId && isAnswered) return undefined;
  const reason = whyNot(facts);
  return reason === undefined ? { do: 'beginIdleOut', workerId, needs: connected } : { do: 'denyWish', workerId, reason };
}

/** Why the idle-out may not begin now (handover.md: "Every planned stop goes through Handover"). */
function whyNot(facts: SlotFacts): string | undefined {
  const { slot, serving, channels } = facts;
  const { workerId, connected } = slot.wish!;
  if (slot.change || slot.next) return 'a change of the slot is running';
  if (!isOpen(facts) || slot.serving !== workerId) return 'it does not serve the slot';
  if (serving?.record.state !== 'ready') return 'it is not ready';
  const attached = channels.filter(({ presence }) => presence === 'attached');
  if (attached.length === 0) return 'no channel is attached';
  const missing = connected.find((ref) => !attached.some((channel) => channel.ref === ref));
  return missing === undefined ? undefined : `channel ${missing} is not attached`;
}
