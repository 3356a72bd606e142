/** The composable core of the adapter; main.ts adds WAS, probes and flags. */
export { Adapter, createAdapter } from './adapter.ts';
export type { AdapterLog, AdapterOptions } from './adapter-options.ts';
export { DEFAULT_LIMITS, type Limits } from './admit/limits.ts';
export type { Channel } from './channel/channels.ts';
export type { PingPolicy } from './channel/ping-schedule.ts';
export { type AdapterConfig, FLAGS, readConfig } from './config.ts';
export type { HandoverAnswer, HandoverOrder } from './place/handover.ts';
export type { Pool, PoolSettings } from './pool.ts';
export type { ApplicationSettings, GivenApplication } from './route/sites.ts';
export { type AdapterService, openService } from './service.ts';
