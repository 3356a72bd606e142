import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Io } from '../io.ts';
import { runCommandLine } from '../program.ts';

/** What the cluster of these tests answers. */
const POOL = { name: 'shop', state: 'started', startMode: 'onDemand', maxProcesses: 2, workers: 1, requestsTotal: 1234, apps: ['shop'] };
const SETTINGS = {
  name: 'shop',
  queueLength: 1000,
  processModel: { idleTimeoutMs: 1_200_000 },
  environmentVariables: { KEY: { fromEnv: 'KEY' } },
};
const WORKER = {
  ...{ id: 'w3', pool: 'shop', slot: 'shop/1', host: '1', pid: 4711, generation: 4, state: 'ready' },
  ...{ startedAt: '2026-01-02T03:04:05Z', uptimeMs: 65_000, requestsServed: 7, rssBytes: 40 * 1024 * 1024 },
};
const HOST = { id: '1', state: 'attached', advertise: '127.0.0.1', pid: 99, workers: 1, capacity: 64, freeMemoryBytes: 3e9 };
const APP = { name: 'shop', pool: 'shop', entry: 'server.js', bindings: ['http://*:8080/'], urls: ['http://localhost:8080/'] };
const CHANNEL = { protocol: 'http', pool: 'shop', channelId: 1, adapter: 'a1-x', blobBytes: 300, connectedWorkers: ['w3'], attached: true };
const KEYS = [
  { id: 'k2', state: 'current', createdAt: '2026-01-02T03:04:05Z', signsFrom: '2026-01-02T03:04:05Z' },
  { id: 'k1', state: 'previous', createdAt: '2026-01-01T03:04:05Z', goodUntil: '2026-01-02T03:14:15Z' },
];
const EVENT = { id: '9', at: '2026-01-02T03:04:05Z', type: 'worker.ready', pool: 'shop', worker: 'w3', generation: 4, message: 'in 31 ms' };
const CHANGE = { path: 'pools.shop.queueLength', action: 'change', from: '1000', to: '50', effect: 'acts now' };

const RECEIPT = {
  ...{
    id: 'r1',
    pool: 'shop',
    slot: 'shop/1',
    cause: 'onDemand',
    requestedBy: 'admin',
    reason: 'deploy',
    outcome: 'completed',
    failure: '',
  },
  ...{ oldWorker: 'w3', newWorker: 'w4', oldHost: '1', newHost: '2', oldGeneration: 4, newGeneration: 5 },
  ...{ startedAt: '2026-01-02T03:04:05Z', endedAt: '2026-01-02T03:04:06.250Z', overlapMs: 102.4, longestHoldMs: 0.25, traceId: 'abc' },
  ...{ inFlightAtHandover: 12, finished: 11, moved: 1, replayed: 0, failed: 0, incomplete: false },
  phases: [
    { name: 'placing', ms: 0.4 },
    { name: 'draining', ms: 1_100 },
  ],
  ...{ holders: [], holderCount: 0, draining: null, waitsFor: null },
};
const RUNNING = {
  ...{ ...RECEIPT, id: 'r2', outcome: 'running', newWorker: null, newHost: null, newGeneration: null, endedAt: null },
  ...{ overlapMs: null, inFlightAtHandover: null, longestHoldMs: null, traceId: null, phases: [] },
};
const DRAINING = {
  ...{ ...RUNNING, id: 'r4', holderCount: 3, draining: { sinceMs: 1_790_000_000_000, limitMs: 600_000 } },
  holders: [
    { kind: 'websocket', app: 'shop', what: 'GET /feed', client: '192.0.2.7', forMs: 62_000 },
    { kind: 'job', app: 'shop', what: 'orders/17', client: '', forMs: 1_500 },
  ],
};
const WAITING = { ...RUNNING, id: 'r5', waitsFor: '2 of shop/1 drain already (r3, r4), and drain.maxDraining lets 2 do so at once' };
const FAILED = { ...RECEIPT, id: 'r3', outcome: 'failed', failure: 'APP_THREW: no such module', overlapMs: null };
const REFUSAL = { slot: 'shop/3', code: 'RECYCLE_REFUSED', message: 'worker w9 is ending already' };
const ROLLOUT = { state: 'stopped', done: 1, workers: 2, slot: 'shop/2', cause: 'APP_THREW', recycleId: 'r3' };
const CRASHED = { ...ROLLOUT, slot: 'shop/1', cause: 'worker w3 died: APP_CRASHED', recycleId: '' };
const CONFIG = 'apiVersion: baton/v1\npools:\n  - name: shop # busy\n';

const ANSWERS: Record<string, unknown> = {
  'GET status': {
    clusterId: 'c1',
    epoch: 1,
    ready: true,
    redisConnected: true,
    pools: [{ ...POOL, settings: SETTINGS }],
    workers: [WORKER],
    hosts: [HOST],
    adapters: [{ attached: true }],
  },
  'GET pools': [{ ...POOL, settings: SETTINGS }],
  'GET pools/shop': { ...POOL, settings: SETTINGS },
  'POST pools/shop/start': { pool: POOL },
  'POST pools/shop/stop': { pool: { ...POOL, state: 'stopped' } },
  'GET apps': [APP],
  'GET apps/shop': APP,
  'GET workers': [WORKER],
  'GET workers?pool=none': [],
  'GET hosts': [HOST],
  'GET channels': [CHANNEL],
  'GET keys': KEYS,
  'POST keys/rotate': [...KEYS, { id: 'k3', state: 'next', signsFrom: '2026-01-02T03:04:07Z' }],
  'GET events': [EVENT],
  'GET events?limit=1': [EVENT],
  'GET events?pool=shop&limit=5': [],
  'POST config': { changes: [CHANGE], applied: true, recyclingPools: ['shop'] },
  'GET config': { yaml: CONFIG, file: '/etc/baton.yaml' },
  'GET pools/crashed': { ...POOL, name: 'crashed', settings: SETTINGS, recycles: [], rollout: CRASHED },
  'GET pools/moving': { ...POOL, name: 'moving', settings: SETTINGS, recycles: ['r2'], rollout: ROLLOUT },
  'GET recycles': [RUNNING, RECEIPT],
  'GET recycles?pool=shop&limit=1': [RECEIPT],
  'GET recycles/r1': RECEIPT,
  'GET recycles/r2': RUNNING,
  'GET recycles/r4': DRAINING,
  'GET recycles/r5': WAITING,
  'GET recycles/r1?waitMs=20000': RECEIPT,
  'GET recycles/r3?waitMs=20000': FAILED,
  'POST pools/shop/recycle': { recycleIds: ['r1'], holds: [] },
  'POST pools/idle/recycle': { recycleIds: [], holds: [] },
  'POST pools/broken/recycle': { recycleIds: ['r1', 'r3'], holds: [] },
  'POST pools/partly/recycle': { recycleIds: ['r1'], holds: [], refusals: [REFUSAL] },
  'POST pools/wrong/recycle': { recycleIds: ['r1', 'r3'], holds: [], refusals: [REFUSAL, { ...REFUSAL, slot: 'shop/4' }] },
  'POST pools/held/recycle': { recycleIds: [], holds: ['no other host has room'] },
};

const folder = mkdtempSync(join(tmpdir(), 'baton-cli-'));
const posted: unknown[] = [];
const server = createServer(async (request, response) => {
  const key = `${request.method} ${request.url?.replace('/api/v1/', '')}`;
  if (request.method === 'POST') posted.push(JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}'));
  const answer = ANSWERS[key];
  const body = answer ?? { code: 'NOT_FOUND', message: `nothing at ${key}`, hint: 'Look elsewhere' };
  if (key === 'GET events/follow') response.end(`${JSON.stringify(EVENT)}\n\n${JSON.stringify(EVENT)}\n`);
  else if (request.headers.authorization !== 'Bearer t') response.writeHead(401).end('{"code":"UNAUTHORIZED","message":"no token"}');
  else response.writeHead(answer ? 200 : 404).end(JSON.stringify(body));
});

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const adminUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(folder, 'cluster.json'), JSON.stringify({ adminUrl, token: 't', appRoot: folder }));
  writeFileSync(join(folder, 'server.js'), '');
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function baton(args: readonly string[], more: Partial<Io> = {}): Promise<Run> {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: { BATON_DATA_DIR: folder },
    cwd: folder,
    hasColours: false,
    programs: { was: '', adapter: '', host: '' },
    ...more,
  };
  const code = await runCommandLine(args, io);
  return { code, out, err };
}

const LISTS = ['pool list', 'app list', 'wp list', 'host list', 'channel list', 'event list', 'recycle list', 'keys list'];

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

test('pool recycle says what it began; with --json it prints an array of receipts as they are', async () => {
  posted.length = 0;
  const { out } = await baton(['pool', 'recycle', 'shop', '--reason', 'deploy']);
  assert.equal(out, 'pool shop recycles: r1; see "baton recycle show r1"\n');
  assert.deepEqual(posted, [{ reason: 'deploy', dryRun: false }]);
  assert.deepEqual(JSON.parse((await baton(['pool', 'recycle', 'shop', '--json'])).out), [RECEIPT]);
});

test('pool recycle --wait prints the receipts, one per slot, and nothing is an empty array and exit code 0', async () => {
  const { code, out } = await baton(['pool', 'recycle', 'shop', '--wait', '--json']);
  assert.deepEqual([code, JSON.parse(out)], [0, [RECEIPT]]);
  assert.deepEqual(await baton(['pool', 'recycle', 'idle', '--wait', '--json']), { code: 0, out: '[]\n', err: '' });
  assert.equal((await baton(['pool', 'recycle', 'idle', '--wait'])).out, 'pool idle has no worker: nothing to recycle\n');
});

test('pool recycle --wait of one that failed prints every receipt, says why, exit code 1', async () => {
  const { code, out, err } = await baton(['pool', 'recycle', 'broken', '--wait', '--json']);
  assert.deepEqual([code, JSON.parse(out).length], [1, 2]);
  assert.match(err, /^RECYCLE_FAILED: 1 recycle of 2 failed: shop\/1: APP_THREW: no such module\. /);
});

test('pool recycle of a pool where a slot was refused prints the receipts of the others, says why, exit code 1', async () => {
  for (const flags of [['--wait'], []]) {
    const { code, out, err } = await baton(['pool', 'recycle', 'partly', '--json', ...flags]);
    assert.deepEqual([code, JSON.parse(out)], [1, [RECEIPT]]);
    assert.match(err, /^RECYCLE_REFUSED: 1 slot refused: shop\/3: worker w9 is ending already\. /);
  }
  const { code, err } = await baton(['pool', 'recycle', 'wrong', '--wait']);
  assert.equal(code, 1);
  assert.match(err, /^RECYCLE_FAILED: 1 recycle of 2 failed: .*; 2 slots refused: shop\/3: .*; shop\/4: worker w9 is ending already\. /);
});

test('pool recycle --dry-run tells what would hold it, and begins nothing', async () => {
  posted.length = 0;
  assert.equal((await baton(['pool', 'recycle', 'held', '--dry-run'])).out, 'no other host has room\n');
  assert.deepEqual(posted, [{ dryRun: true }]);
  assert.equal((await baton(['pool', 'recycle', 'idle', '--dry-run'])).out, 'nothing would hold a recycle of pool idle\n');
  const { holds } = JSON.parse((await baton(['pool', 'recycle', 'held', '--dry-run', '--json'])).out);
  assert.deepEqual(holds, ['no other host has room']);
});

test('recycle show --json has the fields of the contract, and null where there is nothing yet', async () => {
  const receipt = JSON.parse((await baton(['recycle', 'show', 'r2', '--json'])).out);
  const fields =
    'id pool slot cause requestedBy reason outcome oldWorker newWorker oldHost newHost oldGeneration newGeneration startedAt endedAt phases overlapMs inFlightAtHandover finished moved replayed failed longestHoldMs incomplete traceId';
  for (const field of fields.split(' ')) assert.ok(field in receipt, field);
  assert.deepEqual([receipt.newWorker, receipt.endedAt, receipt.overlapMs], [null, null, null]);
});

test('recycle show prints a page: what changed, how long each phase took, what became of the requests', async () => {
  const { out } = await baton(['recycle', 'show', 'r1']);
  for (const line of [
    /^recycle r1 {2}completed$/m,
    /^asked for +onDemand by admin: deploy$/m,
    /^old worker +w3 generation 4 on host 1$/m,
    /took 1\.25 s$/m,
    /^overlap +102 ms$/m,
    /^requests +12 in flight at the hand-over: 11 finished, 1 moved, 0 replayed, 0 failed$/m,
    /^longest wait +0\.3 ms$/m,
    /^draining +1\.10 s$/m,
  ])
    assert.match(out, line);
  assert.match((await baton(['recycle', 'show', 'r2'])).out, /^recycle r2 {2}running$/m);
});

test('recycle show names what holds a drain and for how long, and what a recycle waits for', async () => {
  const { out } = await baton(['recycle', 'show', 'r4']);
  assert.match(out, /^draining +since .+, until .+ at the latest; held by 3$/m);
  assert.match(out, /^websocket +shop +GET \/feed +192\.0\.2\.7 +1 m 02 s$/m);
  assert.match(out, /^job +shop +orders\/17 +- +1\.5\d? s$/m);
  assert.match(out, /^and 1 more that began later$/m);
  assert.match((await baton(['recycle', 'show', 'r5'])).out, /^waits for +2 of shop\/1 drain already/m);
  const shown = JSON.parse((await baton(['recycle', 'show', 'r4', '--json'])).out);
  assert.deepEqual([shown.holders, shown.holderCount, shown.draining], [DRAINING.holders, 3, DRAINING.draining]);
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

test('recycle list --pool --limit asks for no more', async () => {
  const rows = JSON.parse((await baton(['recycle', 'list', '--pool', 'shop', '--limit', '1', '--json'])).out);
  assert.deepEqual([rows.length, rows[0].id], [1, 'r1']);
});

test('pool show mentions the recycles that run and the rollout that stopped', async () => {
  const { out } = await baton(['pool', 'show', 'moving']);
  assert.match(out, /^recycling +r2$/m);
  assert.match(out, /^rollout +stopped at shop\/2 by r3: APP_THREW; 1 of 2 workers have the new settings$/m);
});

test('pool show names no recycle where the death of a worker stopped the rollout', async () => {
  const { out } = await baton(['pool', 'show', 'crashed']);
  assert.match(out, /^rollout +stopped at shop\/1: worker w3 died: APP_CRASHED; 1 of 2 workers have the new settings$/m);
});

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

const VALID =
  'apiVersion: baton/v1\npools: [{ name: shop }]\napps: [{ name: shop, pool: shop, entry: server.js, bindings: ["http://*:1/"] }]\n';

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
  assert.match(err, /^ENTRY_NOT_FOUND: the entry of app shop \/.*\/gone\.js does not exist/);
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
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
