import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewriteEntries } from './entries.ts';

test('entries are replaced where they stand, and nothing else changes', () => {
  const text = `apiVersion: baton/v1 # kept
pools: [{ name: p }]
apps:
  - name: a # entry: not this
    entry:   './a.js'   # kept too
    pool: p
  - { name: b, entry: b/c.js, pool: p }
  - { name: c, entry: /absolute.js, pool: p }
`;
  const placed = rewriteEntries(text, (entry) => (entry.startsWith('/') ? entry : `apps/${entry.replace('./', '')}`));
  assert.equal(placed, text.replace("'./a.js'", '"apps/a.js"').replace('b/c.js', '"apps/b/c.js"'));
});

test('a file without apps is left alone', () => {
  assert.equal(
    rewriteEntries('apiVersion: baton/v1\n', () => 'x'),
    'apiVersion: baton/v1\n',
  );
});
