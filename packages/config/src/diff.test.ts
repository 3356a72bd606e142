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
