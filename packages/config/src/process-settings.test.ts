import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, parseConfig } from './parse.ts';
import { processSettings } from './process-settings.ts';

const parse = (pools: string, apps: string) =>
  parseConfig(`apiVersion: baton/v1\npools: [${pools}]\napps: [${apps}]\n`, { file: 'baton.yaml' });
const app = (more: string) => `{ name: one, pool: one, entry: a.js${more} }`;
/** What the workers of pool one get, as text. */
const settingsIn = ({ pools, apps }: Config) => JSON.stringify(processSettings(pools[0]!, apps));
const BEFORE = parse('{ name: one }, { name: two }', app(', bindings: ["http://*:1/"]'));

test('a pool has changed for its workers when their entry, version, preload, modules, environment, identity, limits, thread pool or ports have', () => {
  for (const [pool, more] of [
    ['', ', bindings: ["http://*:1/"], version: "2"'],
    ['', ', bindings: ["http://*:1/"], preload: [/warm]'],
    ['', ', bindings: ["http://*:1/", "http://*:2/"]'],
    ['', ', bindings: ["http://*:1/"], modules: [./audit.js]'],
    [', threadPool: { maxPoolThreads: 8 }', ', bindings: ["http://*:1/"]'],
    [', identity: other', ', bindings: ["http://*:1/"]'],
    [', environmentVariables: { A: b }', ', bindings: ["http://*:1/"]'],
    [', processModel: { idleTimeout: 0 }', ', bindings: ["http://*:1/"]'],
  ] as const) {
    assert.notEqual(settingsIn(parse(`{ name: one${pool} }, { name: two }`, app(more))), settingsIn(BEFORE), `${pool}${more}`);
  }
});

test('a pool has not changed for its workers by what adapters and WAS keep, or by the order in which variables are written', () => {
  const same = ', bindings: ["http://*:1/api", "http://*:1/"], replaySafe: false, limits: { queueTimeout: 1s }';
  const pool = '{ name: one, queueLength: 10, recycling: { periodicRestart: { requests: 5 } } }';
  assert.equal(settingsIn(parse(pool, app(same))), settingsIn(BEFORE));
  const ordered = (variables: string) => parse(`{ name: one, environmentVariables: { ${variables} } }`, app(', bindings: ["http://*:1/"]'));
  assert.equal(settingsIn(ordered('A: a, B: b')), settingsIn(ordered('B: b, A: a')));
});
