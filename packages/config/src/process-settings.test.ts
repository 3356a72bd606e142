import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './parse.ts';
import { changedPools } from './process-settings.ts';

const parse = (pools: string, apps: string) =>
  parseConfig(`apiVersion: baton/v1\npools: [${pools}]\napps: [${apps}]\n`, { file: 'baton.yaml' });
const app = (more: string) => `{ name: one, pool: one, entry: a.js${more} }`;
const BEFORE = parse('{ name: one }, { name: two }', app(', bindings: ["http://*:1/"]'));

test('a pool has changed for its workers when their entry, version, environment, identity, limits or ports have', () => {
  for (const [pool, more] of [
    ['', ', bindings: ["http://*:1/"], version: "2"'],
    ['', ', bindings: ["http://*:1/", "http://*:2/"]'],
    [', identity: other', ', bindings: ["http://*:1/"]'],
    [', environmentVariables: { A: b }', ', bindings: ["http://*:1/"]'],
    [', processModel: { idleTimeout: 0 }', ', bindings: ["http://*:1/"]'],
  ] as const) {
    assert.deepEqual(changedPools(BEFORE, parse(`{ name: one${pool} }, { name: two }`, app(more))), ['one'], `${pool}${more}`);
  }
});

test('a pool has not changed for its workers by what adapters and WAS keep, by the order of variables, or by coming or going', () => {
  const same = ', bindings: ["http://*:1/api", "http://*:1/"], replaySafe: false, limits: { queueTimeout: 1s }';
  assert.deepEqual(
    changedPools(
      BEFORE,
      parse('{ name: one, queueLength: 10, recycling: { periodicRestart: { requests: 5 } } }, { name: new }', app(same)),
    ),
    [],
  );
  const ordered = (variables: string) => parse(`{ name: one, environmentVariables: { ${variables} } }`, app(', bindings: ["http://*:1/"]'));
  assert.deepEqual(changedPools(ordered('A: a, B: b'), ordered('B: b, A: a')), []);
});
