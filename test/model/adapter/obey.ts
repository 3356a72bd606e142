import { Down, type ToAdapter, Up } from '../state/messages.ts';
import { Leaving, NOBODY } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Adapter } from './adapter.ts';
import { switchTo } from './switch-to.ts';

/** Obeys a Handover, or says why not. */
export function obeyHandover(system: System, adapter: Adapter, { type, from, to }: ToAdapter): void {
  const isIfIdle = type === Down.handoverIfIdle;
  if (isIfIdle && adapter.hasWork) {
    if (!system.has('idle-without-onlyIfIdle')) {
      adapter.tellWas({ type: Up.busy, generation: NOBODY, inFlight: 0 });
      return;
    }
    system.violate('an idle-out took a worker that had work');
  }
  if (to !== NOBODY && !isReady(system, adapter, to)) {
    adapter.tellWas({ type: Up.notReady, generation: to, inFlight: 0 });
    return;
  }
  const isEligibleAlone = adapter.hasTwoEligible ? false : adapter.eligibleGeneration === to;
  const isRepeat = system.rules.rememberAnswer && isEligibleAlone && adapter.lastFrom === from && adapter.lastTo === to;
  if (!isRepeat) switchTo(system, adapter, from, to);
  adapter.tellWas({ type: Up.done, generation: to, inFlight: adapter.lastInFlight });
}

function isReady({ rules }: System, adapter: Adapter, to: number): boolean {
  const link = adapter.link(to);
  return link.isUp && !(rules.leavingIsNotReady && link.leaving === Leaving.heard);
}
