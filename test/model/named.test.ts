import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUGS } from './runs/bugs.ts';
import { FLAWS } from './runs/flaws.ts';
import { findRoot } from './testing/find-root.ts';

/** The sources of all tests that take real code along the traces of this model. */
function readFlawTests(): string {
  const root = findRoot();
  const files = globSync(['packages/*/src/**/flaws.test.ts', 'services/*/src/**/flaws.test.ts', 'test/e2e/flaws/*.test.ts'], { cwd: root });
  return files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
}

test('every flaw and every bug of the model has a test of the real code by its name', () => {
  const sources = readFlawTests();
  const names = [...FLAWS, ...BUGS].map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => !new RegExp(`\\b(it|test)\\(\\s*['"\`]${name}: `).test(sources)),
    [],
  );
});

test('every test that is called after the model names one of its entries', () => {
  const names = [...FLAWS, ...BUGS].map(({ name }) => name);
  const titles = [...readFlawTests().matchAll(/\b(?:it|test)\(\s*['"`]([^'"`:,]+)[:,] /g)].map(([, title]) => title!);
  assert.deepEqual(
    titles.filter((title) => !names.includes(title)),
    [],
  );
});
