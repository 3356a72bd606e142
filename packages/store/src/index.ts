export { addressOf, type ConnectOptions, checkRedis, openRedis } from './connection.ts';
export { type ClusterKeys, channelRef, clusterKeys, orderQueue } from './keys.ts';
export { BLOB_KEEP_MS, BLOB_LIMIT_BYTES, EVENTS_KEPT, LeaderStore, RECEIPT_KEEP_MS, RECEIPTS_KEPT } from './leader-store.ts';
export type {
  StoredChange,
  StoredChannel,
  StoredConfig,
  StoredEvent,
  StoredHolder,
  StoredHolders,
  StoredKey,
  StoredPhase,
  StoredPool,
  StoredReceipt,
  StoredRollout,
  StoredShare,
  StoredWorker,
} from './records.ts';
export { runScript, type Script, scriptFrom } from './scripts.ts';
export { type EpochAnswer, type Snapshot, Store } from './store.ts';
// Not for services: a real Redis for the tests of whoever uses the store.
export { startTestRedis, type TestRedis } from './testing/redis-server.ts';
