export { addressOf, type ConnectOptions, checkRedis, openRedis } from './connection.ts';
export { type ClusterKeys, channelRef, clusterKeys, orderQueue } from './keys.ts';
export { BLOB_KEEP_MS, BLOB_LIMIT_BYTES, EVENTS_KEPT, LeaderStore } from './leader-store.ts';
export type { StoredChange, StoredChannel, StoredConfig, StoredEvent, StoredPool, StoredWorker } from './records.ts';
export { type EpochAnswer, type Snapshot, Store } from './store.ts';
// Not for services: a real Redis for the tests of whoever uses the store.
export { startTestRedis, type TestRedis } from './testing/redis-server.ts';
