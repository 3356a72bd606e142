import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { printLifecycle } from './lifecycle-page.ts';

test('docs/lifecycle.md says what the table says', () => {
  const page = readFileSync(new URL('../../../../docs/lifecycle.md', import.meta.url), 'utf8');
  assert.equal(page, printLifecycle(), 'run "npm run generate"');
});
