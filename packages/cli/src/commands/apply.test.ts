import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONFIG } from '../testing/answers.ts';
import { playCluster } from '../testing/stub-cluster.ts';

const { baton, folder, posted } = playCluster();

const VALID =
  'apiVersion: baton/v1\npools: [{ name: shop }]\napps: [{ name: shop, pool: shop, entry: server.js, bindings: ["http://*:1/"] }]\n';

test('apply says which pools recycle', async () => {
  writeFileSync(join(folder, 'again.yaml'), VALID);
  assert.match((await baton(['apply', '-f', 'again.yaml'])).out, /^recycling slot by slot: shop$/m);
});

test('pool set changes the configuration of the cluster, through the same checks as a file', async () => {
  posted.length = 0;
  const { code, out } = await baton(['pool', 'set', 'shop', 'queueLength=50', 'processModel.idleTimeout=5m']);
  assert.deepEqual([code, out.includes('1 change applied')], [0, true]);
  const yaml = `${CONFIG}    queueLength: 50\n    processModel:\n      idleTimeout: 5m\n`;
  assert.deepEqual(posted, [{ yaml, file: '/etc/baton.yaml', dryRun: false }]);
  const refused = await baton(['pool', 'set', 'shop', 'queueLength=5']);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /queueLength: expected a whole number from 10 to 65535, got 5/);
  assert.equal((await baton(['pool', 'set', 'shop', 'queueLength'])).code, 2);
  assert.equal(posted.length, 1);
});

test('apply sends the file and prints what changes', async () => {
  writeFileSync(join(folder, 'good.yaml'), VALID);
  posted.length = 0;
  const { code, out } = await baton(['apply', '-f', 'good.yaml']);
  assert.equal(code, 0);
  assert.match(out, /^change +pools\.shop\.queueLength +1000 +50 +acts now$/m);
  assert.match(out, /^1 change applied$/m);
  await baton(['apply', '-f', 'good.yaml', '--dry-run']);
  assert.deepEqual(posted, [
    { yaml: VALID, file: join(folder, 'good.yaml'), dryRun: false },
    { yaml: VALID, file: join(folder, 'good.yaml'), dryRun: true },
  ]);
});

test('a bad file reaches no cluster: every problem with file and line, exit code 1', async () => {
  writeFileSync(join(folder, 'bad.yaml'), 'apiVersion: baton/v1\npoolz: []\n');
  posted.length = 0;
  for (const args of [
    ['apply', '-f', 'bad.yaml'],
    ['config', 'check', 'bad.yaml'],
    ['config', 'diff', 'bad.yaml'],
  ]) {
    const { code, err, out } = await baton(args);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^bad\.yaml:2: poolz: unknown key; did you mean "pools"\?\nCONFIG_INVALID: 1 problem in bad\.yaml\. /);
  }
  assert.deepEqual(posted, []);
});

test('an entry that does not exist reaches no cluster on this machine', async () => {
  writeFileSync(join(folder, 'gone.yaml'), VALID.replace('server.js', 'gone.js'));
  posted.length = 0;
  const { code, err } = await baton(['apply', '-f', 'gone.yaml']);
  assert.equal(code, 1);
  assert.match(err, /^ENTRY_NOT_FOUND: gone\.yaml:3: apps\[0\]\.entry: the entry of app shop \/.*\/gone\.js does not exist/);
  assert.deepEqual(posted, []);
});

test('config check --json prints the problems of a file as one document, and still fails', async () => {
  const { code, out } = await baton(['config', 'check', 'bad.yaml', '--json']);
  const { valid, problems } = JSON.parse(out);
  assert.deepEqual([code, valid, problems.length > 0, typeof problems[0].line], [1, false, true, 'number']);
});

test('config check says that a file is valid, config schema prints the JSON schema', async () => {
  writeFileSync(join(folder, 'good.yaml'), VALID);
  assert.equal((await baton(['config', 'check', 'good.yaml'])).out, 'good.yaml is valid: 1 pool, 1 app\n');
  assert.equal(JSON.parse((await baton(['config', 'check', 'good.yaml', '--json'])).out).valid, true);
  assert.equal(JSON.parse((await baton(['config', 'schema'])).out).title, 'baton.yaml');
});
