import { type ChannelHub, type HubOptions, openHub } from './hub.ts';
import { type AdapterEvents, ListenerAdapter } from './listener-adapter.ts';
import type { AdapterLog } from './log.ts';
import type { ChannelScheme } from './pool-set.ts';
import type { ProtocolListener } from './protocol-listener.ts';
import { WasClient } from './was/was-client.ts';

export interface WasOptions {
  /** WAS replicas as "host:port", tried in turn. */
  readonly was: readonly string[];
  /** Shared secret of the cluster's services. */
  readonly secret: string;
  readonly log: AdapterLog;
}

export interface OpenOptions extends WasOptions {
  /** How to open the workers' side, which ends with this adapter; a hub that is open already is shared with other protocols. */
  readonly hub: HubOptions | ChannelHub;
  /** As WAS knows it: "http", "tcp", "queue", or a name in `listenerAdapters` of baton.yaml. */
  readonly protocol: string;
  readonly listener: ProtocolListener;
  /** Whether the applications of a pool share a channel. @default "pool" */
  readonly channelPer?: ChannelScheme;
  readonly events?: AdapterEvents;
}

/** A listener adapter that is registering with WAS, or has. */
export interface OpenedAdapter {
  readonly adapter: ListenerAdapter;
  readonly was: WasClient;
  /** Drains, takes leave of WAS in the documented order, then ends everything of this protocol. `signal` ends the drain early. */
  stop(signal?: AbortSignal): Promise<void>;
}

/** Opens a listener adapter for one protocol and begins to register it; it does not wait for WAS. Throws PORT_TAKEN. */
export async function openListenerAdapter({
  hub: given,
  protocol,
  listener,
  channelPer,
  events,
  ...was
}: OpenOptions): Promise<OpenedAdapter> {
  const hub = isOpen(given) ? given : await openHub(given);
  const opened = connectToWas(
    new ListenerAdapter({ hub, protocol, listener, ...(channelPer ? { channelPer } : {}), ...(events ? { events } : {}) }),
    was,
  );
  return isOpen(given) ? opened : { ...opened, stop: (signal) => endWith(hub, opened, signal) };
}

/** Registers an adapter that was made already. */
export function connectToWas(adapter: ListenerAdapter, { was: addresses, secret, log }: WasOptions): OpenedAdapter {
  const was = new WasClient({ adapter, addresses, secret, log });
  was.open();
  return {
    adapter,
    was,
    stop: async (signal) => {
      await adapter.listener.drain(signal);
      await was.leave();
      adapter.close();
      await adapter.listener.close();
    },
  };
}

const isOpen = (hub: HubOptions | ChannelHub): hub is ChannelHub => 'sequence' in hub;

async function endWith(hub: ChannelHub, opened: OpenedAdapter, signal: AbortSignal | undefined): Promise<void> {
  hub.isDraining = true;
  await opened.stop(signal);
  hub.close();
}
