import { formatProblem, problemsOf } from '@baton/config';
import { BatonError } from '@baton/core';
import { CommanderError } from 'commander';
import type { Io } from '../io.ts';
import { formatCount } from './units.ts';

/** 0 done, 1 failed, 2 wrong usage, 3 cluster not reachable. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Says on stderr what went wrong and what to do next; returns the exit code. */
export function reportFailure(io: Io, error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const failure = BatonError.from(error);
  const problems = problemsOf(failure);
  for (const problem of problems) io.err(`${formatProblem(problem)}\n`);
  if (problems.length > 0) {
    const file = problems[0]!.file;
    io.err(`CONFIG_INVALID: ${formatCount(Number(failure.details.count ?? problems.length), 'problem')} in ${file}. ${failure.hint}\n`);
  } else io.err(`${failure.toLine()}\n`);
  if (failure.code === 'INTERNAL' && failure.stack && io.env.BATON_DEBUG) io.err(`${failure.stack}\n`);
  return failure.code === 'USAGE' ? 2 : failure.code === 'CLUSTER_UNREACHABLE' ? 3 : 1;
}
