import { BatonError } from '@baton/core';

/** One thing wrong with a baton.yaml, placed where the operator wrote it. */
export interface Problem {
  /** NOT_SUPPORTED_YET: known, but this release accepts its default only. */
  readonly code: 'CONFIG_INVALID' | 'NOT_SUPPORTED_YET';
  /** As it was named to us. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** "pools[0].queueLength"; empty for the file as a whole. */
  readonly key: string;
  readonly expected: string;
  readonly got: string;
  /** The valid name or spelling closest to what was written. */
  readonly nearest?: string;
  /** What is wrong, in words, without place and key. */
  readonly message: string;
}

/** `baton.yaml:12: pools[0].queueLenght: unknown key; did you mean "queueLength"?` */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}: ${problem.key ? `${problem.key}: ` : ''}${problem.message}`;
}

/** Longest list of problems that one error carries; a hostile file could have a million. */
const MOST_PROBLEMS = 100;

/** The one error of a bad file; `details.problems` holds every problem, in the order of the file. */
export function configInvalid(problems: readonly Problem[]): BatonError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, MOST_PROBLEMS);
  const more = problems.length - 1;
  const message = `${formatProblem(sorted[0]!)}${more > 0 ? ` (and ${more} more)` : ''}`;
  return new BatonError('CONFIG_INVALID', message, { details: { problems: sorted, count: problems.length } });
}

/** The problems an error of `parseConfig` carries; empty for any other error. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (!(error instanceof BatonError) || error.code !== 'CONFIG_INVALID') return [];
  return Array.isArray(error.details.problems) ? (error.details.problems as Problem[]) : [];
}

/** A key path in the form operators read: `pools[0].processModel.idleTimeout`. */
export function formatKey(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text ? '.' : ''}${String(part)}`;
  return text;
}

const LONGEST_GOT = 60;

/** A value in the words of an error message. */
export function formatGot(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > LONGEST_GOT ? `${text.slice(0, LONGEST_GOT)}…` : text;
}
