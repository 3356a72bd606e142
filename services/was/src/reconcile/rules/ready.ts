import { isRequired } from '../../cluster/cluster.ts';
import type { Action } from '../actions.ts';
import type { SlotFacts } from '../facts.ts';

/** A worker is ready when it listens and is connected on every channel that is attached, or was a moment ago. */
export function becomeReady({ workers, channels }: SlotFacts): Action | undefined {
  const required = channels.filter(isRequired);
  const ready = workers.find(({ record, view }) => record.state === 'connecting' && required.every(({ ref }) => view.connected.has(ref)));
  return ready ? { do: 'move', workerId: ready.record.id, event: 'connected', cause: '' } : undefined;
}
