import type { Cluster } from '../../support/index.ts';
import type { Pace } from './arrivals.ts';

/** What a client saw of one piece of work: the process that did it, or what was wrong. */
export type Sight = { readonly pid: number } | { readonly wrong: string };

/** Clients of one protocol. */
export interface Client {
  /** Sends one piece of work under this id, and looks at all that comes back. Never rejects. */
  send(id: string): Promise<Sight>;
  close(): Promise<void>;
}

/** One protocol of the run: what is hosted, and who asks it. */
export interface Protocol extends Pace {
  readonly name: string;
  /** Of test/apps/protocols. */
  readonly entry: string;
  /** Of test/apps/protocols. */
  readonly modules?: readonly string[];
  /**
   * Which kind of work an id is, where the app writes down what it ended, and what it had in hand when it was told to leave: there has to be some of each
   * kind, and all of it has to end in the same process.
   */
  readonly kindOf?: (id: string) => string;
  readonly binding: (port: number) => string;
  open(cluster: Cluster): Promise<Client>;
}

/** The number that an id ends with; 0: it has none. */
export const numberOf = (id: string): number => Number(id.slice(id.lastIndexOf('-') + 1)) || 0;

/** Sight of an answer that has to be this text and then the pid of who gave it. */
export function sightOf(answer: string, expected: string): Sight {
  const pid = answer.startsWith(`${expected} `) ? Number(answer.slice(expected.length + 1)) : 0;
  return pid > 0 ? { pid } : { wrong: `expected "${expected} PID", got "${answer.slice(0, 100)}"` };
}

export const wrong = (error: unknown): Sight => ({ wrong: error instanceof Error ? `${error.message}` : String(error) });
