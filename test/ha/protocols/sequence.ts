import { type Sight, sightOf } from './protocol.ts';

/** Numbered messages of one connection, and what came back of them. */
export interface Sequence {
  /** The next to send; undefined: that was all. */
  next(): string | undefined;
  /** Takes an echo; true when it was the last. */
  read(message: string): boolean;
  sight(): Sight;
}

/** Each echo has to be the next one, from the same process, and none may be missing or come twice. */
export function sequenceOf(id: string, length: number): Sequence {
  let sent = 0;
  let read = 0;
  let pid = 0;
  let fault: Sight | undefined;
  return {
    next: () => (sent < length ? `${id} ${++sent}` : undefined),
    read(message) {
      const sight = sightOf(message, `${id} ${++read}`);
      if ('wrong' in sight) fault ??= sight;
      else if (pid !== 0 && sight.pid !== pid) fault ??= { wrong: 'two processes answered' };
      else pid = sight.pid;
      return read === length;
    },
    sight: () => fault ?? (read === length ? { pid } : { wrong: `${read} of ${length} messages came back` }),
  };
}
