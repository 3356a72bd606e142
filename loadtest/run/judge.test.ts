import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recycle } from '@baton/admin';
import { type Finding, judgeRecycles, judgeRun } from './judge.ts';
import { median, pairOverlaps } from './overlap.ts';
import { type Metric, readGenerations, type Summary } from './summary.ts';

const KINDS = ['quick', 'slow', 'stream', 'upload'];

/** What a good run with two recycles of one slot leaves: generation 4 before, 5 and 6 after. */
function goodSummary(changes: Record<string, Metric | undefined> = {}): Summary {
  const trend = (values: Record<string, number>): Metric => ({ type: 'trend', values: { count: 10, ...values } });
  const metrics: Record<string, Metric | undefined> = {
    lost: { type: 'rate', values: { rate: 0, passes: 0, fails: 1000 }, thresholds: { 'rate==0': { ok: true } } },
    unsigned: { type: 'rate', values: { rate: 0, passes: 0, fails: 1000 } },
    http_req_duration: trend({}),
    ...Object.fromEntries(KINDS.map((kind) => [`http_req_duration{kind:${kind}}`, trend({})])),
    'iterations{scenario:load}': { type: 'counter', values: { count: 1000 } },
    'iterations{scenario:recycle}': { type: 'counter', values: { count: 2 } },
    'begun_at_ms{slot:1,nth:0}': trend({ min: 0 }),
    'ended_at_ms{slot:1,nth:0}': trend({ max: 1600 }),
    'begun_at_ms{slot:1,nth:1}': trend({ min: 1100 }),
    'ended_at_ms{slot:1,nth:1}': trend({ max: 3700 }),
    'begun_at_ms{slot:1,nth:2}': trend({ min: 3000 }),
    'ended_at_ms{slot:1,nth:2}': trend({ max: 5000 }),
    ...changes,
  };
  const present = Object.entries(metrics).filter((entry): entry is [string, Metric] => entry[1] !== undefined);
  return { metrics: Object.fromEntries(present), setup_data: { startedAtMs: 1, generations: { 1: 4 } } };
}

function receipt(newGeneration: number, changes: Partial<Recycle> = {}): Recycle {
  return {
    id: `r${newGeneration}`,
    pool: 'load',
    slot: 'load/1',
    cause: 'onDemand',
    requestedBy: 'admin',
    reason: '',
    outcome: 'completed',
    failure: '',
    oldWorker: 'w1',
    newWorker: 'w2',
    oldHost: '1',
    newHost: '2',
    oldGeneration: newGeneration - 1,
    newGeneration,
    startedAt: null,
    endedAt: null,
    phases: [],
    overlapMs: newGeneration === 5 ? 490 : 710,
    inFlightAtHandover: 20,
    finished: 20,
    moved: 0,
    replayed: 0,
    failed: 0,
    longestHoldMs: 0,
    incomplete: false,
    traceId: null,
    holders: [],
    holderCount: 0,
    draining: null,
    waitsFor: null,
    ...changes,
  };
}

function judge(summary: Summary, receipts: readonly Recycle[]): readonly Finding[] {
  const generations = readGenerations(summary);
  return judgeRecycles({ summary, receipts, generations, overlaps: pairOverlaps(receipts, generations) });
}

const complaints = (findings: readonly Finding[]) => findings.filter(({ holds }) => !holds).map(({ what }) => what);
const goodReceipts = [receipt(5), receipt(6)];

test('a run in which nothing was lost and the receipts agree has no complaint', () => {
  assert.deepEqual(complaints([...judgeRun(goodSummary(), 0), ...judge(goodSummary(), goodReceipts)]), []);
});

test('a metric that is missing, or was never added to, is a failure', () => {
  const named = (summary: Summary) => complaints(judgeRun(summary, 0)).join();
  assert.match(named(goodSummary({ lost: undefined })), /not measured: lost/);
  assert.match(named(goodSummary({ lost: { type: 'rate', values: { rate: 0, passes: 0, fails: 0 } } })), /not measured: lost/);
  assert.match(
    named(goodSummary({ 'http_req_duration{kind:upload}': { type: 'trend', values: { count: 0, max: 0 } } })),
    /not measured: http_req_duration\{kind:upload\}/,
  );
  assert.match(named({ metrics: {} }), /not measured: lost, .*unknown how many requests lost/s);
});

test('a lost request, a crossed threshold and an exit code of k6 are failures', () => {
  const lost: Metric = { type: 'rate', values: { rate: 0.001, passes: 1, fails: 999 }, thresholds: { 'rate==0': { ok: false } } };
  assert.deepEqual(complaints(judgeRun(goodSummary({ lost }), 99)), [
    'thresholds crossed: lost rate==0',
    'k6 ended with 99',
    '1 requests lost of 1000',
  ]);
});

test('recycles that nobody saw happen are a failure: the generation has to move', () => {
  const still = goodSummary({ 'begun_at_ms{slot:1,nth:2}': undefined });
  assert.match(complaints(judge(still, goodReceipts)).join(), /generation move by 1, the receipts tell 2/);
  assert.match(complaints(judge(goodSummary(), [])).join(), /0 recycles completed, 2 asked for/);
});

test('clients and receipts that count different losses disagree, whichever counts more', () => {
  const lost: Metric = { type: 'rate', values: { rate: 0.003, passes: 3, fails: 997 } };
  assert.match(complaints(judge(goodSummary({ lost }), goodReceipts)).join(), /the clients lost 3, the receipts tell 0/);
  const told = [receipt(5, { failed: 1, finished: 19 }), receipt(6)];
  assert.deepEqual(complaints(judge(goodSummary(), told)), ['the clients lost 0, the receipts tell 1']);
});

test('losses that clients and receipts count alike agree, and the run fails all the same: nothing may be lost', () => {
  const lost: Metric = { type: 'rate', values: { rate: 0.003, passes: 3, fails: 997 }, thresholds: { 'rate==0': { ok: false } } };
  const summary = goodSummary({ lost });
  const told = [receipt(5, { finished: 16, moved: 1, replayed: 1, failed: 2 }), receipt(6, { finished: 19, failed: 1 })];
  const findings = judge(summary, told);
  assert.deepEqual(complaints(findings), []);
  assert.ok(findings.some(({ holds, what }) => holds && what === 'the clients lost 3, the receipts tell 3'));
  assert.deepEqual(complaints(judgeRun(summary, 99)), ['thresholds crossed: lost rate==0', 'k6 ended with 99', '3 requests lost of 1000']);
  const fewer = [receipt(5, { finished: 16, moved: 1, replayed: 1, failed: 2 }), receipt(6)];
  assert.deepEqual(complaints(judge(summary, fewer)), ['the clients lost 3, the receipts tell 2']);
});

test('a receipt that does not add up, is incomplete, or tells of a failed recycle is a complaint', () => {
  assert.match(complaints(judge(goodSummary(), [receipt(5, { finished: 19 }), receipt(6)])).join(), /1 receipts are incomplete .* r5/);
  assert.match(complaints(judge(goodSummary(), [receipt(5, { incomplete: true }), receipt(6)])).join(), /1 receipts are incomplete .* r5/);
  const failed = receipt(6, { outcome: 'failed', failure: 'it never listened' });
  assert.match(complaints(judge(goodSummary(), [receipt(5), failed])).join(), /1 recycles failed: it never listened/);
});

test('overlaps are compared by their medians, and every recycle has to be seen', () => {
  assert.deepEqual(
    pairOverlaps(goodReceipts, readGenerations(goodSummary())).map(({ clientMs, receiptMs }) => [clientMs, receiptMs]),
    [
      [500, 490],
      [700, 710],
    ],
  );
  const far = [receipt(5, { overlapMs: 400 }), receipt(6, { overlapMs: 600 })];
  assert.deepEqual(complaints(judge(goodSummary(), far)), [
    'median overlap 600 ms by the clients, 500 ms by the receipts (at most 50 ms apart)',
  ]);
  assert.equal(complaints(judge(goodSummary({ 'ended_at_ms{slot:1,nth:0}': undefined }), goodReceipts)).length, 1 + 1);
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5]);
  assert.ok(Number.isNaN(median([])));
});
