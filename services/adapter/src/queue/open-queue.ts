import { type ChannelHub, type ChannelScheme, openListenerAdapter, type WasOptions } from '@baton/adapter-kit';
import type { LineFile } from '../log/access-log.ts';
import { writeSwitchLine } from '../log/switch-line.ts';
import type { Served } from '../served.ts';
import type { TracingParts } from '../telemetry/request-tracing.ts';
import { QueueListener } from './queue-listener.ts';

export interface OpenQueueOptions extends WasOptions {
  readonly hub: ChannelHub;
  readonly channelPer: ChannelScheme;
  /** Of queues that name no Redis. */
  readonly redisUrl: string;
  readonly accessLog: LineFile | undefined;
  readonly tracing: TracingParts | undefined;
}

/** Opens the protocol "queue" in an adapter process and begins to register it. Redis is dialled for a binding, not before. */
export async function openQueue({ hub, channelPer, redisUrl, accessLog, tracing, ...was }: OpenQueueOptions): Promise<Served> {
  const listener = new QueueListener({ owner: hub.id, redisUrl, accessLog, tracing, log: was.log });
  return await openListenerAdapter({
    ...{ hub, channelPer, protocol: 'queue', listener, ...was },
    events: {
      onSwitch: ({ id, channel }, facts) => accessLog && writeSwitchLine(accessLog, id, `${hub.id}/${channel.id}`, facts, Date.now()),
    },
  });
}
