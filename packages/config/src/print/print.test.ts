import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { printDocs } from './docs.ts';
import { printJsonSchema } from './json-schema.ts';

const page = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

test('docs/config.md is in step with the schema', () => {
  assert.equal(page('docs/config.md'), printDocs());
});

test('docs/baton.schema.json is in step with the schema', () => {
  assert.equal(page('docs/baton.schema.json'), printJsonSchema());
});

test('every setting of contract.md is in the JSON schema, with its default and no unknown keys allowed', () => {
  const schema = JSON.parse(printJsonSchema());
  const pool = schema.properties.pools.items;
  assert.equal(pool.additionalProperties, false);
  assert.equal(pool.properties.processModel.properties.idleTimeout.default, '20m');
  assert.deepEqual(pool.required, ['name']);
  assert.deepEqual(schema.properties.apps.items.required, ['name', 'pool', 'entry', 'bindings']);
  assert.ok(schema.properties.limits.properties.queueTimeout.pattern);
});

test('causes of recycles that nothing here has yet are said to be accepted only', () => {
  const line = printDocs()
    .split('\n')
    .find((text) => text.startsWith('| `logEventOnRecycle`'));
  assert.match(line ?? '', /Accepted, not produced yet: memory, isapiUnhealthy, privateMemory\./);
});
