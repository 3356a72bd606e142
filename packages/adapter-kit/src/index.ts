/** The adapter kit: everything of a listener adapter but its protocol (README.md). */
export type { AdapterSession, RequestHead, RequestStream, ResetCause, ResponseHead } from '@baton/channel';
export { BatonError } from '@baton/core';
export { DEFAULT_LIMITS, deadlineAfter, type Limits, portLimits } from './admit/limits.ts';
export type { Channel } from './channel/channels.ts';
export type { PingPolicy } from './channel/ping-schedule.ts';
export {
  type Application,
  type ApplicationSettings,
  DEFAULT_APPLICATION_SETTINGS,
  type GivenApplication,
  type QueueSettings,
} from './forward/application.ts';
export { PoolCounters } from './forward/counters.ts';
export { Delivery, type HolderFacts } from './forward/delivery.ts';
export { type Ending, type EndingFacts, endingOf, fateOf, MOST_MOVES } from './forward/ending.ts';
export { isSafe } from './forward/is-safe.ts';
export { type BodyValve, RequestBody } from './forward/request-body.ts';
export { Work } from './forward/work.ts';
export { ChannelHub, type HubOptions, openHub } from './hub.ts';
export { type AdapterEvents, ListenerAdapter, type ListenerAdapterOptions, type Reporter } from './listener-adapter.ts';
export type { AdapterLog } from './log.ts';
export { connectToWas, type OpenedAdapter, type OpenOptions, openListenerAdapter, type WasOptions } from './open-listener-adapter.ts';
export type { Switch } from './place/eligibility.ts';
export type { HandoverAnswer, HandoverOrder } from './place/handover.ts';
export type { Instance } from './place/instance.ts';
export type { Placeable } from './place/placeable.ts';
export type { PoolPlace } from './place/pool.ts';
export type { Fate, Tally } from './place/tally.ts';
export type { DrainSettings, Pool, PoolSettings } from './pool.ts';
export type { ChannelScheme } from './pool-set.ts';
export type { ListenerSettings, ProtocolListener, TlsCertificate } from './protocol-listener.ts';
export { type Outcome, outcomeOf } from './telemetry/outcome.ts';
export { RequestDurations } from './telemetry/request-durations.ts';
export { type Callback, WasLink } from './was/link.ts';
export { WasClient } from './was/was-client.ts';
