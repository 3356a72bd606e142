import type { Io } from '../../io.ts';
import { type Colour, paint } from '../../output/paint.ts';
import type { ShortLine } from './short-line.ts';

/** What `baton up` tells: lines for people, or JSON lines with `--json`. */
export interface Terminal {
  /** Something about the cluster as a whole, or about one of its processes. */
  tell(type: string, text: string, facts?: Readonly<Record<string, unknown>>): void;
  line(line: ShortLine): void;
}

export function createTerminal(io: Io, json: boolean): Terminal {
  return json ? createJsonTerminal(io) : createTextTerminal(io);
}

const COLOURS: Readonly<Record<ShortLine['level'], Colour | undefined>> = { info: undefined, warn: 'yellow', error: 'red' };

function createTextTerminal(io: Io): Terminal {
  return {
    tell: (_type, text) => io.out(`${text}\n`),
    line: ({ kind, level, text }) => io.out(`${paint(io, COLOURS[level] ?? (kind === 'event' ? 'dim' : undefined), text)}\n`),
  };
}

function createJsonTerminal(io: Io): Terminal {
  const print = (type: string, facts: Readonly<Record<string, unknown>>) =>
    io.out(`${JSON.stringify({ at: new Date().toISOString(), type, ...facts })}\n`);
  return {
    tell: (type, text, facts) => print(type, { text, ...facts }),
    line: ({ kind, level, text, facts }) => print(kind, { level, text, ...facts }),
  };
}
