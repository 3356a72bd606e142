import type { History, Violation } from './history.ts';
import { checkAnswers } from './rules/answers.ts';
import { checkCommits } from './rules/commit.ts';
import { checkEligible } from './rules/eligible.ts';
import { checkGenerations } from './rules/generations.ts';
import { checkOverlap } from './rules/overlap.ts';
import { checkOwners } from './rules/owners.ts';
import { checkReceipts } from './rules/receipts.ts';
import { checkRecyclesEnd } from './rules/recycle-ends.ts';

const RULES = [checkEligible, checkRecyclesEnd, checkReceipts, checkAnswers, checkGenerations, checkCommits, checkOwners, checkOverlap];

/** Holds what a run left behind against the invariants of docs/handover.md. Empty: none was broken. */
export function check(history: History): Violation[] {
  return RULES.flatMap((rule) => rule(history));
}
