import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './judge.ts';
import type { CaseResult, Row } from './suite.ts';

const result = (id: string, outcome: CaseResult['outcome'], observed: string): CaseResult => ({
  id,
  section: 'RFC 1, 1',
  title: id,
  outcome,
  observed,
  detail: outcome === 'failed' ? 'wrong' : '',
});

function rows(ours: readonly CaseResult[], node: readonly CaseResult[]): Row[] {
  const row = { round: 'steady', passes: 1, cases: 0, passed: 0, failed: 0, skipped: 0, recycles: 0 } as const;
  return [
    { ...row, who: 'node', results: node },
    { ...row, who: 'baton', results: ours },
  ];
}

const cases: readonly (readonly [string, 'all' | 'as-node', Record<string, string>, CaseResult[], CaseResult[], RegExp[]])[] = [
  ['the same conduct holds', 'all', {}, [result('a', 'passed', 'x')], [result('a', 'passed', 'x')], []],
  [
    'a failed case of ours does not hold',
    'all',
    {},
    [result('a', 'failed', 'x')],
    [result('a', 'failed', 'x')],
    [/^a \(RFC 1, 1, steady\).*wrong/],
  ],
  [
    'a failure that is also that of Node holds where as much is asked',
    'as-node',
    {},
    [result('a', 'failed', 'x')],
    [result('a', 'failed', 'x')],
    [],
  ],
  ['a failure that Node does not have never holds', 'as-node', {}, [result('a', 'failed', 'x')], [result('a', 'passed', 'x')], [/^a /]],
  [
    'a difference that nobody has explained does not hold',
    'all',
    {},
    [result('a', 'passed', 'x')],
    [result('a', 'passed', 'y')],
    [/nobody has said why/],
  ],
  ['a difference with a reason holds', 'all', { a: 'because' }, [result('a', 'passed', 'x')], [result('a', 'passed', 'y')], []],
  ['what only Node fails explains itself', 'all', {}, [result('a', 'passed', 'x')], [result('a', 'failed', 'y')], []],
  ['a case that only Node was asked does not hold', 'all', {}, [], [result('a', 'passed', 'x')], [/only plain Node was asked/]],
];

for (const [title, demands, differences, ours, node, faults] of cases)
  test(title, () => {
    const judged = judge({ demands, differences }, rows(ours, node));
    assert.equal(judged.faults.length, faults.length, judged.faults.join());
    for (const [index, fault] of faults.entries()) assert.match(judged.faults[index]!, fault);
  });
