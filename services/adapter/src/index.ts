/** The HTTP listener and the service around it; main.ts adds flags. The rest of an adapter is @baton/adapter-kit. */
export { Adapter, createAdapter } from './adapter.ts';
export type { AdapterLog, AdapterOptions } from './adapter-options.ts';
export { type AdapterConfig, FLAGS, readConfig } from './config.ts';
export { type AdapterService, openService } from './service.ts';
