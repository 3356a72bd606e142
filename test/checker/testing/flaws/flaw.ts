import type { History, RuleName } from '../../history.ts';

/** One thing that must not happen, put into a run in which nothing was wrong. */
export interface Flaw {
  readonly title: string;
  readonly rule: RuleName;
  /** undefined: this run has no place for it. */
  readonly put: (history: History) => History | undefined;
}
