import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LISTS, playCluster } from '../testing/stub-cluster.ts';

const { adminUrl, baton, folder } = playCluster();

test('without a cluster every command says how to get one, exit code 3', async () => {
  const nowhere = { env: { BATON_DATA_DIR: join(folder, 'nothing') } };
  for (const command of [...LISTS, 'status', 'pool stop shop', 'event follow']) {
    const { code, err } = await baton(command.split(' '), nowhere);
    assert.equal(code, 3, command);
    assert.match(err, /^CLUSTER_UNREACHABLE: no cluster\.json in .+\. Start one with "baton up"/);
  }
  const dead = await baton(['status', '--was-url', 'http://127.0.0.1:1']);
  assert.equal(dead.code, 3);
  assert.match(dead.err, /^CLUSTER_UNREACHABLE: no cluster answers at http:\/\/127\.0\.0\.1:1/);
});

test('a cluster is found by address and token too; the token of cluster.json goes to its own cluster only', async () => {
  const url = adminUrl();
  const elsewhere = join(folder, 'nothing');
  assert.equal((await baton(['status', '--was-url', url, '--token', 't', '--data-dir', elsewhere])).code, 0);
  assert.equal((await baton(['status'], { env: { BATON_WAS_URL: url, BATON_TOKEN: 't', BATON_DATA_DIR: elsewhere } })).code, 0);
  assert.equal((await baton(['status', '--was-url', url])).code, 0);
  const refused = await baton(['status', '--was-url', url.replace('127.0.0.1', 'localhost')]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^UNAUTHORIZED: no token\. Pass the token/);
});

test('commands of later releases say so, exit code 1', async () => {
  for (const command of ['host drain 1', 'request list', 'request cancel 7']) {
    const { code, err } = await baton(command.split(' '));
    assert.equal(code, 1, command);
    assert.match(err, /^NOT_SUPPORTED_YET: "baton [a-z ]+" is not supported yet/);
  }
});

test('a wrong command line is one line on stderr, exit code 2', async () => {
  for (const command of ['statsu', 'pool', 'pool show', 'pool list extra', 'status --jsn', 'event list --limit 0', 'apply']) {
    const { code, err } = await baton(command.split(' '));
    assert.equal(code, 2, `${command}: ${err}`);
  }
  assert.match((await baton(['statsu'])).err, /^USAGE: unknown command 'statsu' \(Did you mean status\?\)\. See --help\n$/);
});

test('every command has help with an example, exit code 0', async () => {
  const commands = [
    'up',
    'status',
    'apply',
    'config check',
    'config diff',
    'config schema',
    'pool show',
    'pool start',
    'pool stop',
    'pool set',
    'pool recycle',
    'recycle show',
    'app show',
    'event follow',
  ];
  for (const command of [...LISTS, ...commands]) {
    const { code, out } = await baton([...command.split(' '), '--help']);
    assert.equal(code, 0, command);
    assert.match(out, /\nExamples?:\n {2}\$ baton /, command);
    assert.match(out, /--json/, command);
  }
  assert.match((await baton(['--help'])).out, /Examples:/);
  assert.match((await baton(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
});
