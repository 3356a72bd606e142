export { AdminClient, type AdminClientOptions, type CallOptions } from './client.ts';
export { type KeepFollowingOptions, keepFollowing } from './keep-following.ts';
export type {
  Adapter,
  App,
  AppliedConfig,
  ApplyResult,
  Channel,
  ConfigChange,
  Event,
  Host,
  Key,
  Pool,
  Recycle,
  RecycleAnswer,
  RecycleHolder,
  RecycleRefusal,
  Rollout,
  Status,
  Worker,
} from './types.ts';
export { type WaitForRecycleOptions, waitForRecycle } from './wait-for-recycle.ts';
