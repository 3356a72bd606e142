import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from './explore.ts';
import type { Emit, Machine } from './machine.ts';

/** A machine of one byte: from each number the steps in its row. */
function numbers(
  rows: Record<number, readonly [kind: 'part' | 'timer' | 'world', to: number][]>,
  calm: readonly number[],
  bad?: number,
): Machine {
  const memory = new Uint8Array(4);
  return {
    memory,
    initial: new Uint8Array(4),
    steps(emit: Emit) {
      const from = memory[0]!;
      for (const [kind, to] of rows[from] ?? []) {
        emit(
          kind,
          () => `${from} to ${to}`,
          () => {
            memory[0] = to;
          },
        );
      }
    },
    simplify() {},
    broken: () => (memory[0] === bad ? 'a bad number' : ''),
    isCalm: () => calm.includes(memory[0]!),
    describe: () => `at ${memory[0]}`,
  };
}

test('every state is visited once, however many ways lead to it', () => {
  const finding = explore(
    numbers(
      {
        0: [
          ['part', 1],
          ['part', 2],
        ],
        1: [['part', 3]],
        2: [['part', 3]],
      },
      [3],
    ),
  );
  assert.deepEqual([finding.verdict, finding.states, finding.steps], ['holds', 4, 4]);
});

test('a broken invariant is told with the shortest way to it', () => {
  const finding = explore(
    numbers(
      {
        0: [
          ['part', 1],
          ['world', 4],
        ],
        1: [['part', 2]],
        2: [['part', 4]],
      },
      [0, 1, 2, 4],
      4,
    ),
  );
  assert.equal(finding.verdict, 'broken');
  assert.equal(finding.why, 'a bad number');
  assert.deepEqual(finding.trace, ['[world] 0 to 4']);
});

test('a state from which only the world could help is stuck', () => {
  const finding = explore(
    numbers(
      {
        0: [
          ['part', 1],
          ['timer', 2],
        ],
        1: [['world', 2]],
      },
      [2],
    ),
  );
  assert.equal(finding.verdict, 'stuck');
  assert.equal(finding.trace[0], '0 to 1');
});

test('a timer may bring the system back to a calm state', () => {
  assert.equal(explore(numbers({ 0: [['part', 1]], 1: [['timer', 0]] }, [0])).verdict, 'holds');
});

test('parts that can go round without a timer are a cycle, even if they could leave it', () => {
  const finding = explore(
    numbers(
      {
        0: [['part', 1]],
        1: [
          ['part', 0],
          ['part', 2],
        ],
      },
      [2],
    ),
  );
  assert.equal(finding.verdict, 'cycle');
  assert.deepEqual(finding.trace.slice(finding.trace.indexOf('-- and then for ever:') + 1).sort(), ['0 to 1', '1 to 0']);
});

test('a search that reaches its limit claims nothing', () => {
  const rows = Object.fromEntries(Array.from({ length: 250 }, (_, k) => [k, [['part', k + 1] as ['part', number]]]));
  assert.equal(explore(numbers(rows, [250]), { maxStates: 0 }).verdict, 'unfinished');
});
