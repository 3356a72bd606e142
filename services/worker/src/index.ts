export { type HostConfig, readConfig } from './config.ts';
export { createHost, type Host, type HostCounts, type HostOptions } from './host.ts';
export type { Assign, ChildMessage, HostMessage } from './messages.ts';
export { openProbes } from './probes.ts';
