import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUGS } from './runs/bugs.ts';
import { FLAWS } from './runs/flaws.ts';
import { findRoot } from './testing/find-root.ts';

const ROOT = findRoot();
const PAGE = readFileSync(join(ROOT, 'docs/handover.md'), 'utf8');
const PLACES = ['', 'packages/*/src/', 'services/*/src/'];

test('docs/handover.md names files that are there', () => {
  const files = new Set([...PAGE.matchAll(/`([\w/.*-]+\.ts)`/g)].map(([, file]) => file!));
  assert.ok(files.size > 30);
  const isThere = (file: string) => PLACES.some((place) => globSync(place + file, { cwd: ROOT }).length > 0);
  assert.deepEqual(
    [...files].filter((file) => !isThere(file)),
    [],
  );
});

test('docs/handover.md names every flaw and every bug of the model beside its rule', () => {
  assert.deepEqual(
    [...FLAWS, ...BUGS].map(({ name }) => name).filter((name) => !PAGE.includes(`\`${name}\``)),
    [],
  );
});
