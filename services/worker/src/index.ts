export { type HostConfig, readConfig } from './config.ts';
export { createHost, type Host, type HostCounts, type HostOptions } from './host.ts';
export { openProbes, type Probes } from './probes.ts';
