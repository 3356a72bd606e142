/** The invariants, by the name of the step's mistake that breaks one. 0 is none. */
export const VIOLATIONS = [
  '',
  'new work was handed over after the drain frame',
  'work was written to a worker that is not connected there',
  'a request failed although no worker that had begun it died',
  'an unsafe request was executed twice',
  'the serving worker, or one not yet replaced, was told to stop',
  'a commit was written while an attached adapter still had the old worker eligible',
  'a stale order had an effect',
  'an idle-out took a worker that had work',
  'the receipt does not add up',
  'an Open whose work was done long ago started a worker',
  'more generations were started than there were causes',
] as const;

/** Seen in a state rather than in a step. */
export const TWO_ELIGIBLE = 'two generations were eligible on one adapter';
export const OVERLAP = 'two processes ran in a pool that does not allow overlap';

export type Violation = Exclude<(typeof VIOLATIONS)[number], ''>;
