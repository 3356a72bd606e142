import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffConfig } from './diff.ts';
import { parseConfig } from './parse.ts';

const withVariables = (variables: string) =>
  parseConfig(`apiVersion: baton/v1\npools: [{ name: p, environmentVariables: { ${variables} } }]\n`, { file: 'baton.yaml' });

test('a changed environment variable is shown as it was written, and one with a secret by where it comes from', () => {
  const changes = diffConfig(withVariables('A: one, B: { fromEnv: X }, C: 1.10'), withVariables('A: two, B: { fromFile: /run/b }, D: x'));
  assert.deepEqual(
    changes.map(({ path, action, from, to }) => [path.split('.').at(-1), action, from, to]),
    [
      ['A', 'change', 'one', 'two'],
      ['B', 'change', 'fromEnv: X', 'fromFile: /run/b'],
      ['C', 'remove', '1.10', ''],
      ['D', 'add', '', 'x'],
    ],
  );
});

const parse = (pool: string, app = '') =>
  parseConfig(
    `apiVersion: baton/v1\npools: [{ name: a.b${pool && `, ${pool}`} }]\napps: [{ name: shop, pool: a.b, entry: a.js, bindings: ["http://*:1/"]${app && `, ${app}`} }]\n`,
    { file: 'baton.yaml' },
  );
const effects = (before: ReturnType<typeof parse>, after: ReturnType<typeof parse>) =>
  diffConfig(before, after).map(({ path, effect }) => [path, effect]);

test('what a worker process was given recycles it, what others keep acts in place', () => {
  const after = parse(
    'queueLength: 50, identity: other, environmentVariables: { A: b }, processModel: { idleTimeout: 1s, startupTimeLimit: 1s, shutdownTimeLimit: 1s, pingInterval: 1s }, recycling: { periodicRestart: { time: 1h } }',
    'version: "2", preload: [/warm], replaySafe: false',
  );
  assert.deepEqual(effects(parse(''), after), [
    ['pools.a.b.queueLength', 'in place'],
    ['pools.a.b.processModel.idleTimeoutMs', 'recycle'],
    ['pools.a.b.processModel.startupTimeLimitMs', 'recycle'],
    ['pools.a.b.processModel.shutdownTimeLimitMs', 'recycle'],
    ['pools.a.b.processModel.pingIntervalMs', 'in place'],
    ['pools.a.b.recycling.periodicRestart.timeMs', 'in place'],
    ['pools.a.b.environmentVariables.A', 'recycle'],
    ['pools.a.b.identity', 'recycle'],
    ['apps.shop.preload', 'recycle'],
    ['apps.shop.replaySafe', 'in place'],
    ['apps.shop.version', 'recycle'],
  ]);
});

test('a pool that disallows rotation on a change of its configuration keeps its workers', () => {
  const kept = 'recycling: { disallowRotationOnConfigChange: true }';
  assert.deepEqual(effects(parse(kept), parse(`${kept}, environmentVariables: { A: b }`, 'version: "2"')), [
    ['pools.a.b.environmentVariables.A', 'new workers'],
    ['apps.shop.version', 'new workers'],
  ]);
});
