import { type ChannelHub, type ChannelScheme, openListenerAdapter, type WasOptions } from '@baton/adapter-kit';
import type { LineFile } from '../log/access-log.ts';
import { writeSwitchLine } from '../log/switch-line.ts';
import type { Served } from '../served.ts';
import { TcpListener } from './tcp-listener.ts';
import type { OpenTls } from './tls-end.ts';

export interface OpenTcpOptions extends WasOptions {
  readonly hub: ChannelHub;
  readonly channelPer: ChannelScheme;
  readonly reusePort: boolean;
  readonly accessLog: LineFile | undefined;
  readonly openTls: OpenTls;
}

/** Opens the protocol "tcp" in an adapter process and begins to register it. */
export async function openTcp({ hub, channelPer, reusePort, accessLog, openTls, ...was }: OpenTcpOptions): Promise<Served> {
  const listener = new TcpListener({ openTls, reusePort, accessLog, log: was.log });
  const opened = await openListenerAdapter({
    ...{ hub, protocol: 'tcp', listener, channelPer, ...was },
    events: {
      onSwitch: ({ id, channel }, facts) => accessLog && writeSwitchLine(accessLog, id, `${hub.id}/${channel.id}`, facts, Date.now()),
    },
  });
  const { ports, refusals } = listener;
  return { ...opened, figures: () => ({ connectionCount: ports.connectionCount, accepted: ports.accepted, refusals }) };
}
