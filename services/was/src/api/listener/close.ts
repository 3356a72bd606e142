import { BatonError } from '@baton/core';
import type { listener } from '@baton/proto';
import { channelRef } from '@baton/store';
import type { Channel } from '../../cluster/channel.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { channelsOfAdapter, dropChannel } from './attach.ts';
import { allStopped } from './messages.ts';
import { checkAdapter } from './open.ts';

/** Workers that do not let go of a closed channel are not waited for any longer, ms: the adapter has closed their sessions anyway. */
const CLOSE_LIMIT_MS = 2_000;
const LOOK_AGAIN_MS = 50;

/** CloseAllListenerChannelInstances: the channel is forgotten; AllStopped follows when no worker is connected on it. Succeeds quietly for one that nobody opened. */
export function takeCloseAll(engine: Engine, request: listener.CloseAllListenerChannelInstancesRequest): void {
  checkAdapter(engine, request.adapterId, request.protocolId);
  const channel = engine.cluster.channels.get(channelRef(request.adapterId, request.channelId));
  if (channel && channel.pool !== request.poolId) {
    throw new BatonError('INVALID_ARGUMENT', `channel ${channel.ref} belongs to pool "${channel.pool}", not "${request.poolId}"`);
  }
  const tell = () => engine.adapters.send(request.adapterId, allStopped(request.poolId, request.channelId));
  if (!channel) {
    tell();
    return;
  }
  channel.isClosing = true;
  dropChannel(engine, channel);
  whenFree(engine, channel, engine.time.now() + CLOSE_LIMIT_MS, tell);
}

function whenFree(engine: Engine, channel: Channel, endMs: number, tell: () => void): void {
  const isUsed = [...engine.cluster.workers.values()].some(
    ({ record, view }) => record.pool === channel.pool && view.connected.has(channel.ref),
  );
  if (!isUsed || engine.time.now() >= endMs) tell();
  else engine.time.after(LOOK_AGAIN_MS, () => whenFree(engine, channel, endMs, tell));
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
