/**
 * Who makes a step: a part of the system, a retry or time limit of one, or the world outside (a request, a wish, a fault).
 * Progress is judged without the world: it need not help.
 */
export type Kind = 'part' | 'timer' | 'world';

/**
 * Offers one step out of the state in memory: `act` changes the memory, which is put back afterwards.
 * `text` says what happened; it is only called for traces, after `act`.
 */
export type Emit = (kind: Kind, text: () => string, act: () => void) => void;

/** A system as a state machine, ready to be explored. All its methods speak of the state that lies in `memory`. */
export interface Machine {
  /** One state, a multiple of four bytes. */
  readonly memory: Uint8Array;
  readonly initial: Uint8Array;
  /** Offers every step that is possible now. */
  steps(emit: Emit): void;
  /** Forgets what can no longer matter, so that states which behave alike are one. */
  simplify(): void;
  /** The invariant that is broken now, in words; empty when none is. */
  broken(): string;
  /** Everything is answered and at rest: a state that has to stay reachable. */
  isCalm(): boolean;
  /** The state in one line, for traces. */
  describe(): string;
}
