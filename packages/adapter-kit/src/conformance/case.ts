import type { StageOptions, SuiteStage } from './suite-stage.ts';

/** One rule of the listener adapter API, as a case of the suite. */
export interface Case {
  /** A sentence: what an adapter does. */
  readonly title: string;
  readonly stage?: StageOptions;
  readonly run: (stage: SuiteStage) => Promise<void>;
}
