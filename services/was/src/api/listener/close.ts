import { BatonError } from '@baton/core';
import type { listener } from '@baton/proto';
import { channelRef } from '@baton/store';
import type { Engine } from '../../reconcile/engine.ts';
import { forgetAcknowledgements } from './acknowledge.ts';
import { channelsOfRegistration, checkProtocol, dropChannel } from './attach.ts';
import { checkRegistered, findRegistration } from './find-registration.ts';
import { allStopped } from './messages.ts';

/**
 * CloseAllListenerChannelInstances: the channel is forgotten, and AllStopped follows: from then on no worker is told of it. The links of
 * workers are the adapter's to close; it does so when it has heard AllStopped. Succeeds quietly for a channel that nobody opened.
 */
export function takeCloseAll(engine: Engine, request: listener.CloseAllListenerChannelInstancesRequest): void {
  const { adapterId, protocolId, poolId, channelId } = request;
  const { key } = checkRegistered(engine, adapterId, protocolId);
  if (poolId === '') throw new BatonError('INVALID_ARGUMENT', 'pool_id is required');
  const channel = engine.cluster.channels.get(channelRef(adapterId, channelId));
  if (channel && channel.pool !== poolId) {
    throw new BatonError('INVALID_ARGUMENT', `channel ${channel.ref} belongs to pool "${channel.pool}", not "${poolId}"`);
  }
  checkProtocol(channel, protocolId);
  if (channel) dropChannel(engine, channel);
  engine.adapters.send(key, allStopped(poolId, channelId));
}

/** UnregisterProtocol: the protocol of the adapter and its channels are forgotten, and its stream ends; other protocols of it stay. */
export function takeUnregister(engine: Engine, { adapterId, protocolId }: listener.UnregisterProtocolRequest): void {
  const registration = findRegistration(engine, adapterId, protocolId);
  const { key } = registration;
  for (const channel of channelsOfRegistration(engine, key)) dropChannel(engine, channel);
  forgetAcknowledgements(engine, registration);
  engine.cluster.registrations.delete(key);
  engine.adapters.end(key, 'it unregistered');
  const message = `adapter ${adapterId} has unregistered protocol ${protocolId}`;
  engine.events.tell({ type: 'adapter.detached', message, cause: 'unregistered' });
}
