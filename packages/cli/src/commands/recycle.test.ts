import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DRAINING, RECEIPT } from '../testing/answers.ts';
import { playCluster } from '../testing/stub-cluster.ts';

const { baton, posted } = playCluster();

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
