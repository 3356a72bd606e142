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
  Pool,
  Status,
  Worker,
} from './types.ts';
