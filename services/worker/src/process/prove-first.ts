import { signProof, tokenId } from '@baton/channel';
import type { ChannelToDial } from '../messages.ts';

/**
 * Proves a child's first hello on each channel beforehand: the first signature of a process costs it 2 ms of CPU while somebody waits for its start,
 * and from its host it costs none (Node 24, 25 pairs). One that runs would keep its requests waiting for that. Without a key nothing is proved.
 */
export function proveFirst(channels: readonly ChannelToDial[], token: string, proofKey: string): readonly ChannelToDial[] {
  if (proofKey === '') return channels;
  const subject = tokenId(token);
  return channels.map((channel) => {
    const { adapterId, channelId } = channel;
    return { ...channel, proof: signProof(proofKey, { adapterId, channelId, subject }) };
  });
}
