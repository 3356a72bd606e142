import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable } from './table.ts';
import { formatAge, formatBytes, formatTime } from './units.ts';

test('lengths of time are shown in their two largest units', () => {
  assert.deepEqual([0, 999, 59_999, 65_000, 3_600_000, 93_600_000].map(formatAge), [
    '0 ms',
    '999 ms',
    '59 s',
    '1 m 05 s',
    '1 h 00 m',
    '1 d 02 h',
  ]);
});

test('bytes are shown in the unit that fits', () => {
  assert.deepEqual([0, 1023, 1024, 1_572_864, 41_943_040, 3e12].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 MiB',
    '40 MiB',
    '2.7 TiB',
  ]);
});

test('a time of another day has its date', () => {
  const now = new Date(2026, 0, 2, 12);
  assert.equal(formatTime(new Date(2026, 0, 2, 3, 4, 5).toISOString(), now), '03:04:05');
  assert.equal(formatTime(new Date(2026, 0, 1, 3, 4, 5).toISOString(), now), '2026-01-01 03:04:05');
  assert.equal(formatTime(undefined), '');
});

test('columns are aligned, numbers to the right, and no line ends with spaces', () => {
  const columns = [
    { title: 'NAME', text: ({ name }: { name: string }) => name },
    { title: 'N', text: ({ count }: { count: number }) => String(count), align: 'right' as const },
    { title: 'WHY', text: ({ why }: { why: string }) => why },
  ];
  const rows = [
    { name: 'a', count: 1, why: '' },
    { name: 'longer', count: 100, why: 'because' } as { name: string; count: number; why: string },
  ];
  assert.equal(
    formatTable({ hasColours: false }, rows, columns as never, 'none'),
    'NAME      N  WHY\na         1  -\nlonger  100  because\n',
  );
  assert.equal(formatTable({ hasColours: false }, [], columns as never, 'none'), 'none\n');
});
