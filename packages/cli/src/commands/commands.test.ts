import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { SETTINGS } from '../testing/answers.ts';
import { LISTS, playCluster } from '../testing/stub-cluster.ts';

const { baton } = playCluster();

for (const command of LISTS) {
  test(`${command} --json prints one array, and without --json an aligned table`, async () => {
    const json = await baton([...command.split(' '), '--json']);
    assert.deepEqual([json.code, json.err], [0, '']);
    assert.ok(Array.isArray(JSON.parse(json.out)));
    const table = await baton(command.split(' '));
    assert.equal(table.code, 0);
    const [heading, row] = table.out.split('\n');
    assert.match(heading!, /^[A-Z ]+$/);
    for (const match of heading!.matchAll(/(?<=^| {2})\S/g)) assert.ok(row!.length >= match.index, 'a column without a value');
  });
}

test('wp list --json has the fields of the contract, with units in their names', async () => {
  const [worker] = JSON.parse((await baton(['wp', 'list', '--json'])).out);
  for (const field of 'id pool slot host pid generation state startedAt uptimeMs requestsServed inFlight rssBytes'.split(' '))
    assert.ok(field in worker, field);
  assert.equal(worker.rssBytes, 41_943_040);
});

test('wp list shows units that people read', async () => {
  const { out } = await baton(['wp', 'list']);
  assert.match(out, /^w3 +shop +shop\/1 +1 +4711 +4 +ready +1 m 05 s +7 +0 +40 MiB/m);
  assert.doesNotMatch(out, / $/m);
});

test('an empty list says so, and is an empty array in JSON', async () => {
  assert.equal((await baton(['wp', 'list', '--pool', 'none'])).out, 'no worker processes\n');
  assert.deepEqual(JSON.parse((await baton(['wp', 'list', '--pool', 'none', '--json'])).out), []);
});

test('colours are shown on a terminal only, and change no column', async () => {
  const plain = await baton(['pool', 'list']);
  const coloured = await baton(['pool', 'list'], { hasColours: true });
  assert.notEqual(coloured.out, plain.out);
  assert.equal(stripVTControlCharacters(coloured.out), plain.out);
});

test('status is one screen, and one document in JSON', async () => {
  const { out, code } = await baton(['status']);
  assert.equal(code, 0);
  assert.match(out, /^cluster c1 {2}ready/);
  for (const word of ['1 adapter, 1 attached', 'shop', 'w3', 'attached']) assert.ok(out.includes(word), word);
  const document = JSON.parse((await baton(['status', '--json'])).out);
  assert.equal(document.clusterId, 'c1');
  assert.deepEqual(document.pools[0].settings, SETTINGS);
});

test('pool show prints the settings as they are written, and as an object in JSON', async () => {
  const { out } = await baton(['pool', 'show', 'shop']);
  assert.match(out, /^processModel\.idleTimeout +20m$/m);
  assert.match(out, /^environmentVariables +KEY$/m);
  assert.deepEqual(JSON.parse((await baton(['pool', 'show', 'shop', '--json'])).out).settings, SETTINGS);
});

test('pool start and stop tell the state of the pool', async () => {
  assert.equal((await baton(['pool', 'start', 'shop'])).out, 'pool shop is started\n');
  assert.equal((await baton(['pool', 'stop', 'shop'])).out, 'pool shop is stopped\n');
  assert.equal(JSON.parse((await baton(['pool', 'stop', 'shop', '--json'])).out).state, 'stopped');
});

test('what does not exist is told with its code and what to do, exit code 1', async () => {
  const { code, err, out } = await baton(['pool', 'show', 'shpo']);
  assert.deepEqual([code, out, err], [1, '', 'NOT_FOUND: nothing at GET pools/shpo. Look elsewhere\n']);
});

test('app show prints an app', async () => {
  assert.match((await baton(['app', 'show', 'shop'])).out, /^urls +http:\/\/localhost:8080\/$/m);
});

test('keys rotate prints every key that is good, the one that is about to sign among them', async () => {
  const { code, out } = await baton(['keys', 'rotate']);
  assert.equal(code, 0);
  assert.match(out, /^KEY +STATE +MADE +SIGNS FROM +GOOD UNTIL\n/);
  assert.match(out, /\nk2 +current .*\nk1 +previous .*\nk3 +next /);
  assert.deepEqual(
    (JSON.parse((await baton(['keys', 'rotate', '--json'])).out) as { id: string }[]).map(({ id }) => id),
    ['k2', 'k1', 'k3'],
  );
});

test('event follow prints a line for each event, and JSON lines with --json', async () => {
  const { out } = await baton(['event', 'follow']);
  assert.match(out, /^2026-01-02 \d\d:\d\d:\d\d worker\.ready in 31 ms\n/);
  const lines = (await baton(['event', 'follow', '--json'])).out.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).type),
    ['worker.ready', 'worker.ready'],
  );
});

test('event list passes its filters on', async () => {
  assert.equal((await baton(['event', 'list', '--pool', 'shop', '--limit', '5'])).out, 'no events\n');
});
