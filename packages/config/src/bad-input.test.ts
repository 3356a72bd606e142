import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEAD, POOL, problemsIn, refuse } from './testing/bad-input.ts';

refuse([
  {
    title: 'an unknown key of the file',
    yaml: `${HEAD}pool:\n  - name: shop\n`,
    line: 2,
    key: 'pool',
    says: /unknown key/,
    nearest: 'pools',
  },
  {
    title: 'an unknown key of a pool',
    yaml: `${POOL}    queueLenght: 5\n`,
    line: 4,
    key: 'pools[0].queueLenght',
    says: /unknown key; did you mean "queueLength"\?$/,
    nearest: 'queueLength',
  },
  {
    title: 'an unknown key deep in a pool',
    yaml: `${POOL}    processModel:\n      idletimeout: 5m\n`,
    line: 5,
    key: 'pools[0].processModel.idletimeout',
    says: /unknown key/,
    nearest: 'idleTimeout',
  },
  {
    title: 'an unknown key like no other',
    yaml: `${POOL}    colour: red\n`,
    line: 4,
    key: 'pools[0].colour',
    says: /unknown key; expected one of name, identity,/,
  },
  { title: 'a key named __proto__', yaml: `${POOL}    __proto__: {}\n`, line: 4, key: 'pools[0].__proto__', says: /unknown key/ },
  { title: 'no apiVersion', yaml: 'pools: []\n', line: 1, key: 'apiVersion', says: /is missing; expected "baton\/v1"/ },
  {
    title: 'another apiVersion',
    yaml: 'apiVersion: baton/v2\n',
    line: 1,
    key: 'apiVersion',
    says: /expected "baton\/v1", got "baton\/v2"/,
    nearest: 'baton/v1',
  },
  {
    title: 'a list at the top',
    yaml: '- apiVersion: baton/v1\n',
    line: 1,
    key: '',
    says: /expected a mapping with apiVersion, listen, .*got a list/,
  },
  { title: 'an empty file', yaml: '', line: 1, key: '', says: /expected a mapping with apiVersion.*got an empty value/ },
  {
    title: 'a group left empty',
    yaml: `${POOL}    processModel:\n`,
    line: 4,
    key: 'pools[0].processModel',
    says: /expected a mapping with maxProcesses.*got an empty value/,
  },
  {
    title: 'one pool where a list belongs',
    yaml: `${HEAD}pools: { name: shop }\n`,
    line: 2,
    key: 'pools',
    says: /expected a list of pools, got a mapping/,
  },
  {
    title: 'a key given twice',
    yaml: `${POOL}    queueLength: 10\n    queueLength: 20\n`,
    line: 5,
    key: 'pools[0].queueLength',
    says: /given twice/,
  },
  { title: 'broken YAML', yaml: `${HEAD}pools: [\n`, line: 3, key: 'pools', says: /not valid YAML/ },
  { title: 'a tab as indentation', yaml: `${HEAD}pools:\n\t- name: shop\n`, line: 3, key: 'pools', says: /not valid YAML/ },
  { title: 'two documents in one file', yaml: `${HEAD}---\n${HEAD}`, line: 2, key: '', says: /not valid YAML/ },
  {
    title: 'an unknown tag',
    yaml: `${HEAD}trustProxy: !maybe true\n`,
    line: 2,
    key: 'trustProxy',
    says: /not valid YAML: Unresolved tag: !maybe/,
  },
]);

test('every problem of a file is told at once, in the order of the file', () => {
  const problems = problemsIn(`${POOL}    queueLength: 1\n    startMode: never\n    colour: red\napps:\n  - name: a\n    pool: nowhere\n`);
  assert.deepEqual(
    problems.map(({ line, key }) => [line, key]),
    [
      [4, 'pools[0].queueLength'],
      [5, 'pools[0].startMode'],
      [6, 'pools[0].colour'],
      [8, 'apps[0].entry'],
      [8, 'apps[0].bindings'],
      [9, 'apps[0].pool'],
    ],
  );
});

test('an alias bomb is refused instead of expanded', () => {
  const levels = 'abcdefgh'.split('').map((name, index, all) => {
    const inner = index === 0 ? '1' : Array.from({ length: 10 }, () => `*${all[index - 1]}`).join(', ');
    return `${name}: &${name} [${inner}]`;
  });
  const [problem] = problemsIn(`${HEAD}${levels.join('\n')}\n`);
  assert.match(problem!.message, /not valid YAML: .*alias/);
});

test('nesting without end is refused instead of overflowing the stack', () => {
  const [problem] = problemsIn(`${HEAD}pools: ${'['.repeat(200_000)}`);
  assert.match(problem!.message, /not valid YAML/);
});

test('a file larger than a megabyte is refused unread', () => {
  assert.match(problemsIn(`# ${'x'.repeat(1024 * 1024)}`)[0]!.message, /at most 1 MiB/);
});

test('a file with a thousand mistakes carries the first hundred and counts all', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `key${index}: 1`).join('\n');
  assert.equal(problemsIn(HEAD + lines).length, 100);
});
