import type { Event } from '@baton/admin';
import { formatEventLine } from '../../commands/views.ts';
import type { Io } from '../../io.ts';
import { type Colour, paint } from '../../output/paint.ts';
import type { ShortLine } from './short-line.ts';

/** What `baton up` tells: lines for people, or JSON lines with `--json`. */
export interface Terminal {
  /** Something about the cluster as a whole, or one of its processes. */
  tell(type: string, text: string, facts?: Readonly<Record<string, unknown>>): void;
  line(key: string, line: ShortLine): void;
  event(event: Event): void;
}

export function createTerminal(io: Io, json: boolean): Terminal {
  return json ? createJsonTerminal(io) : createTextTerminal(io);
}

function createTextTerminal(io: Io): Terminal {
  const colours: Record<string, Colour> = { warn: 'yellow', error: 'red' };
  return {
    tell: (_type, text) => io.out(`${text}\n`),
    line: (_key, { level, text }) => io.out(`${paint(io, colours[level], text)}\n`),
    event: (event) => io.out(`${paint(io, 'dim', formatEventLine(event))}\n`),
  };
}

function createJsonTerminal(io: Io): Terminal {
  const print = (type: string, facts: Readonly<Record<string, unknown>>) =>
    io.out(`${JSON.stringify({ at: new Date().toISOString(), type, ...facts })}\n`);
  return {
    tell: (type, text, facts) => print(type, { text, ...facts }),
    line: (service, { kind, level, text }) => print(kind, { service, level, text }),
    event: (event) => print('event', { event }),
  };
}
