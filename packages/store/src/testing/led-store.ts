import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { BatonError } from '@baton/core';
import type { Redis } from 'ioredis';
import { openRedis } from '../connection.ts';
import { LeaderStore } from '../leader-store.ts';
import type { StoredChange, StoredReceipt, StoredWorker } from '../records.ts';
import { Store } from '../store.ts';
import { startTestRedis, type TestRedis } from './redis-server.ts';

/** For assert: an error of this code. */
export const hasCode = (code: string) => (error: unknown) => error instanceof BatonError && error.code === code;

/** A worker that is being placed. */
export const worker = (id: string, slot = 'shop/1'): Omit<StoredWorker, 'generation'> => ({
  id,
  pool: 'shop',
  slot,
  state: 'placing',
  host: '',
  role: 'activation',
  reason: 'first-request',
  decidedAtMs: 1,
  sinceMs: 1,
});

/** An idle-out that runs. */
export const change = (id: string, more: Partial<StoredChange> = {}): StoredChange => ({
  id,
  kind: 'idle',
  slot: 'shop/1',
  from: 'w1',
  to: '',
  cause: 'idle',
  beganAtMs: 5,
  needs: ['a/1'],
  isCommitted: false,
  inFlight: 0,
  ...more,
});

/** The receipt of a recycle that completed. */
export const receipt = (id: string, more: Partial<StoredReceipt> = {}): StoredReceipt => ({
  id,
  pool: 'shop',
  slot: 'shop/1',
  cause: 'onDemand',
  requestedBy: 'admin',
  reason: '',
  outcome: 'completed',
  oldWorker: 'w1',
  newWorker: 'w2',
  oldHost: 'h1',
  newHost: 'h2',
  oldGeneration: 1,
  newGeneration: 2,
  startedAtMs: 1,
  phases: [],
  shares: {},
  isIncomplete: false,
  ...more,
});

let server: TestRedis;
/** A connection to a Redis of the test file that imports this. */
export let redis: Redis;

before(async () => {
  server = await startTestRedis();
  redis = openRedis(server.url, { name: 'store-test' });
});
after(async () => {
  redis.disconnect();
  await server.close();
});

let count = 0;
/** A cluster nobody used before, led by epoch 1. */
export async function newLeader(): Promise<{ id: string; store: Store; leader: LeaderStore }> {
  count += 1;
  const id = `c${count}`;
  const store = new Store(redis, id);
  const answer = await store.takeEpoch('was', 5_000);
  assert.ok(answer.isTaken);
  return { id, store, leader: new LeaderStore(redis, id, answer.epoch) };
}
