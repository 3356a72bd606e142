import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../parse.ts';
import { formatProblem, type Problem, problemsOf } from '../problem.ts';

/** What is wrong with a baton.yaml of that text. */
export function problemsIn(text: string): readonly Problem[] {
  try {
    parseConfig(text, { file: 'baton.yaml' });
  } catch (error) {
    const problems = problemsOf(error);
    assert.notEqual(problems.length, 0, `not a CONFIG_INVALID: ${String(error)}`);
    return problems;
  }
  return [];
}

/** Files to go on from, each a line or more longer than the one before. */
export const HEAD = 'apiVersion: baton/v1\n';
export const POOL = `${HEAD}pools:\n  - name: shop\n`;
export const APP = `${POOL}apps:\n  - name: shop\n    pool: shop\n    entry: ./server.js\n`;
export const BOUND = `${APP}    bindings: ["http://*:8080/"]\n`;
export const TWO_POOLS = BOUND.replace('pools:\n', 'pools:\n  - name: api\n');

/** A file with one mistake, and where and how it has to be told. */
export interface Case {
  readonly title: string;
  readonly yaml: string;
  readonly line: number;
  readonly key: string;
  readonly says: RegExp;
  readonly nearest?: string;
  readonly code?: Problem['code'];
}

/** A test for each: exactly that problem is told, at its line. */
export function refuse(cases: readonly Case[]): void {
  for (const { title, yaml, line, key, says, nearest, code } of cases) {
    test(`${title} is refused with its line, its key and what was expected`, () => {
      const [problem, ...others] = problemsIn(yaml);
      assert.ok(problem, 'nothing was refused');
      const text = formatProblem(problem);
      assert.deepEqual(others.map(formatProblem), [], 'exactly one problem');
      assert.match(problem.message, says);
      assert.ok(text.startsWith(`baton.yaml:${line}: ${key ? `${key}: ` : ''}`), text);
      assert.equal(problem.key, key);
      assert.equal(problem.nearest, nearest);
      assert.equal(problem.code, code ?? 'CONFIG_INVALID');
      assert.ok(problem.column >= 1 && problem.expected !== '' && problem.got !== '');
    });
  }
}
