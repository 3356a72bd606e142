import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../messages.ts';
import { LogLines } from './log-lines.ts';

test('fields travel as plain values: errors by their stack, objects as text, and what cannot be told as nothing', () => {
  const sent: Log[] = [];
  const lines = new LogLines((log) => sent.push(log));
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  const error = new Error('no');
  lines.write('error', 'failed', { module: 'audit', count: 3, error, facts: { a: 1 }, circle, big: 1n, long: 'x'.repeat(5_000) });
  const { level, message, fields } = JSON.parse(JSON.stringify(sent[0])) as Log;
  assert.deepEqual(
    [level, message, fields.module, fields.count, fields.facts, fields.circle, fields.big],
    ['error', 'failed', 'audit', 3, '{"a":1}', '', '1'],
  );
  assert.match(String(fields.error), /Error: no\n\s+at /);
  assert.equal(String(fields.long).length, 2_000);
});

test('a flood of lines is cut, and how many were left out is said', (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const sent: Log[] = [];
  const lines = new LogLines((log) => sent.push(log));
  for (let count = 0; count < 1_000; count++) lines.write('warn', `line ${count}`);
  assert.equal(sent.length, 100);
  now = 1_500;
  lines.write('info', 'later');
  assert.deepEqual(
    sent.slice(100).map(({ message }) => message),
    ['900 lines were left out', 'later'],
  );
});
