import { BatonError } from '@baton/core';
import type { listener } from '@baton/proto';
import { channelRef } from '@baton/store';
import type { Engine } from '../../reconcile/engine.ts';
import { channelsOfAdapter, dropChannel } from './attach.ts';
import { allStopped } from './messages.ts';
import { checkAdapter } from './open.ts';

/**
 * CloseAllListenerChannelInstances: the channel is forgotten, and AllStopped follows: from then on no worker is told of it. The links of
 * workers are the adapter's to close; it does so when it has heard AllStopped. Succeeds quietly for a channel that nobody opened.
 */
export function takeCloseAll(engine: Engine, request: listener.CloseAllListenerChannelInstancesRequest): void {
  const { adapterId, protocolId, poolId, channelId } = request;
  checkAdapter(engine, adapterId, protocolId);
  const channel = engine.cluster.channels.get(channelRef(adapterId, channelId));
  if (channel && channel.pool !== poolId) {
    throw new BatonError('INVALID_ARGUMENT', `channel ${channel.ref} belongs to pool "${channel.pool}", not "${poolId}"`);
  }
  if (channel) dropChannel(engine, channel);
  engine.adapters.send(adapterId, allStopped(poolId, channelId));
}

/** UnregisterProtocol: the adapter and its channels are forgotten, and its stream ends. */
export function takeUnregister(engine: Engine, { adapterId, protocolId }: listener.UnregisterProtocolRequest): void {
  const adapter = engine.cluster.adapters.get(adapterId);
  if (adapterId === '' || protocolId === '') throw new BatonError('INVALID_ARGUMENT', 'adapter_id and protocol_id are required');
  if (!adapter || adapter.protocol !== protocolId) {
    throw new BatonError('NOT_REGISTERED', `adapter ${adapterId} has not registered protocol ${protocolId}`);
  }
  for (const channel of channelsOfAdapter(engine, adapterId)) dropChannel(engine, channel);
  engine.cluster.adapters.delete(adapterId);
  engine.adapters.end(adapterId, 'it unregistered');
  engine.events.tell({ type: 'adapter.detached', message: `adapter ${adapterId} has unregistered`, cause: 'unregistered' });
}
