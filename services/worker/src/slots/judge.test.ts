import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, type OrderFacts, type Verdict } from './judge.ts';
import type { Order } from './order.ts';
import { newRecord } from './record.ts';

const start: Order['verb'] = {
  type: 'start',
  apps: [],
  role: 'activation',
  token: '',
  proofKey: '',
  channels: [],
  startupTimeLimitMs: 1,
  shutdownTimeLimitMs: 1,
  idleTimeoutMs: 0,
  environment: {},
  noOverlap: false,
  traceparent: '',
  threadPool: { maxPoolThreads: 0, poolThreadLimit: 0 },
  facts: { maxProcesses: 1, pingIntervalMs: 0, pingResponseTimeMs: 0 },
};
const stop: Order['verb'] = { type: 'stop', successor: '', limitMs: 1, cause: 'idle', force: false };
const connect: Order['verb'] = { type: 'connect', token: '', proofKey: '', channels: [] };
const live = {
  ...newRecord({ workerId: 'w1', pool: 'shop', slot: 'shop/1', generation: 1, role: '', startedAtMs: 0, shutdownTimeLimitMs: 1 }, []),
};
const exited = { ...live, state: 'exited' as const };

const NEW: OrderFacts = { epochInRedis: 2, highestEpoch: 2, last: undefined, record: undefined, everHad: false, nowMs: 100 };
const LIVE: OrderFacts = { ...NEW, record: live, everHad: true };
const EXITED: OrderFacts = { ...NEW, record: exited, everHad: true };
const FORGOTTEN: OrderFacts = { ...NEW, everHad: true };

const TABLE: { title: string; order: Partial<Order>; facts: OrderFacts; verdict: Verdict['type'] | string }[] = [
  { title: 'a start of a new worker', order: { verb: start }, facts: NEW, verdict: 'start' },
  { title: 'a start of a worker that runs', order: { verb: start }, facts: LIVE, verdict: 'nothing' },
  { title: 'a start of a worker that has ended', order: { verb: start }, facts: EXITED, verdict: 'nothing' },
  { title: 'a start of a worker whose record is forgotten', order: { verb: start }, facts: FORGOTTEN, verdict: 'nothing' },
  { title: 'a stop of a worker that runs', order: { verb: stop }, facts: LIVE, verdict: 'stop' },
  { title: 'a stop of a worker that has ended', order: { verb: stop }, facts: EXITED, verdict: 'nothing' },
  { title: 'a stop of a worker never had', order: { verb: stop }, facts: NEW, verdict: 'bury' },
  { title: 'a connect of a worker that runs', order: { verb: connect }, facts: LIVE, verdict: 'connect' },
  { title: 'a connect of a worker never had', order: { verb: connect }, facts: NEW, verdict: 'bury' },
  { title: 'an epoch below the one in Redis', order: { epoch: 1 }, facts: { ...NEW, highestEpoch: 0 }, verdict: 'refuse stale' },
  { title: 'an epoch below the highest seen', order: { epoch: 1 }, facts: { ...NEW, epochInRedis: 0 }, verdict: 'refuse stale' },
  { title: 'an epoch above both', order: { epoch: 3, verb: start }, facts: NEW, verdict: 'start' },
  { title: 'a deadline that has passed', order: { deadlineMs: 99 }, facts: NEW, verdict: 'refuse deadline' },
  { title: 'a deadline of this moment', order: { deadlineMs: 100, verb: start }, facts: NEW, verdict: 'start' },
  { title: 'stale before late', order: { epoch: 1, deadlineMs: 99 }, facts: NEW, verdict: 'refuse stale' },
  {
    title: 'a lower number of the same epoch',
    order: { number: 4, verb: stop },
    facts: { ...LIVE, last: { epoch: 2, number: 5 } },
    verdict: 'refuse overtaken',
  },
  { title: 'the same number again', order: { number: 5, verb: stop }, facts: { ...LIVE, last: { epoch: 2, number: 5 } }, verdict: 'stop' },
  {
    title: 'a lower number of a higher epoch',
    order: { epoch: 3, number: 1, verb: stop },
    facts: { ...LIVE, last: { epoch: 2, number: 5 } },
    verdict: 'stop',
  },
];

for (const { title, order, facts, verdict } of TABLE) {
  test(`${title}: ${verdict}`, () => {
    const whole: Order = {
      epoch: 2,
      number: 6,
      deadlineMs: 0,
      slot: 'shop/1',
      pool: 'shop',
      workerId: 'w1',
      generation: 1,
      verb: start,
      ...order,
    };
    const answer = judge(whole, facts);
    assert.equal(answer.type === 'refuse' ? `refuse ${answer.reason}` : answer.type, verdict);
  });
}
