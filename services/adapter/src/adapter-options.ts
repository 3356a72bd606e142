import type { AdapterSession, ChannelLimits } from '@baton/channel';
import type { Tally } from './place/tally.ts';
import type { Pool } from './pool.ts';
import type { TracingParts } from './telemetry/request-tracing.ts';

/** Where an adapter says what an operator should know. */
export interface AdapterLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface AdapterOptions {
  /** Unique in the cluster, new for each process. */
  readonly id: string;
  /** Host under which workers reach the gRPC port. @default "127.0.0.1" */
  readonly advertise?: string;
  /** Port for workers' channels; 0 takes a free one. @default 0 */
  readonly grpcPort?: number;
  /** Port of the channels' lanes, plain TCP beside gRPC; 0 takes a free one, "off" opens none. @default 0 */
  readonly lanePort?: number | 'off';
  /** Several adapters share the public ports of one machine. @default false */
  readonly reusePort?: boolean;
  /** File of the access log, "-" for stdout, "off". @default "off" */
  readonly accessLog?: string;
  readonly log?: AdapterLog;
  readonly channelLimits?: Partial<ChannelLimits>;
  /** What traces requests. @default nothing */
  readonly tracing?: TracingParts;
  /** Work is parked and no connected instance is eligible. */
  readonly onNeed?: (pool: Pool) => void;
  /** A recycle took work from a worker here, or more is known of what became of that. Must not call back. */
  readonly onTally?: (tally: Tally) => void;
  /** A worker did not answer a ping in time. */
  readonly onUnhealthy?: (session: AdapterSession, reason: string) => void;
  /** Called with the adapter's one timer, ten times a second. */
  readonly onTick?: (now: number) => void;
}
