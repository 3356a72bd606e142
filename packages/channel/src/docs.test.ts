import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FRAME } from './codec/frame-types.ts';
import { DEFAULT_LIMITS } from './limits.ts';

// From dist to the root of the repository.
const page = readFileSync(new URL('../../../docs/channel.md', import.meta.url), 'utf8');

/** Rows of the page's tables whose first two cells match. */
function rows(pattern: RegExp): string[][] {
  return [...page.matchAll(pattern)].map(([, first, second]) => [first!, second!]);
}

test('docs/channel.md names every frame by its number', () => {
  const told = rows(/^\| (\d+) \| (\w+) \|/gm).map(([type, name]) => [name, Number(type)]);
  assert.deepEqual(Object.fromEntries(told), FRAME);
});

test('docs/channel.md names every limit by its default', () => {
  const told = rows(/^\| (\w+) \| (\d+) \|/gm).filter(([name]) => !/^\d/.test(name!));
  assert.deepEqual(Object.fromEntries(told.map(([name, value]) => [name, Number(value)])), DEFAULT_LIMITS);
});
