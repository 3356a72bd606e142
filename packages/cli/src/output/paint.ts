import { styleText } from 'node:util';
import type { Io } from '../io.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

/** The text in a colour, or as it is where colours are not shown. */
export function paint(io: Pick<Io, 'hasColours'>, colour: Colour | undefined, text: string): string {
  return io.hasColours && colour ? styleText(colour, text, { validateStream: false }) : text;
}

const GOOD = new Set(['started', 'ready', 'attached', 'running']);
const BAD = new Set(['failing', 'failed', 'lost', 'orphaned', 'detached']);
const MOVING = new Set(['placing', 'starting', 'connecting', 'draining', 'stopping']);

/** The colour in which the outcome of a recycle is shown. */
export function colourOfOutcome(outcome: string): Colour {
  if (outcome === 'failed') return 'red';
  return outcome === 'completed' ? 'green' : 'yellow';
}

/** The colour in which a state is shown. */
export function colourOfState(state: string): Colour | undefined {
  if (GOOD.has(state)) return 'green';
  if (BAD.has(state)) return 'red';
  return MOVING.has(state) ? 'yellow' : undefined;
}
