import type { AdapterLog, ChannelHub, ChannelScheme, HubOptions } from '@baton/adapter-kit';
import type { TracingParts } from './telemetry/request-tracing.ts';

export type { AdapterLog } from '@baton/adapter-kit';

export interface AdapterOptions extends HubOptions {
  /** The workers' side, where other protocols share it. @default one of its own, by the options above */
  readonly hub?: ChannelHub;
  /** Several adapters share the public ports of one machine. @default false */
  readonly reusePort?: boolean;
  /** File of the access log, "-" for stdout, "off". @default "off" */
  readonly accessLog?: string;
  /** One channel for each pool, or for each application. @default 'pool' */
  readonly channelPer?: ChannelScheme;
  readonly log?: AdapterLog;
  /** What traces requests. @default nothing */
  readonly tracing?: TracingParts;
}
