import { createHash, timingSafeEqual } from 'node:crypto';
import { BatonError } from '@baton/core';
import type { Hello, VersionRange } from '../codec/handshake.ts';
import type { WorkerIdentity } from '../types.ts';
import { Refusal } from './refusal.ts';

/** What an adapter knows of a channel that a hello may name. */
export interface KnownChannel {
  readonly secret: string;
  /** The channel's ACL. */
  readonly poolIdentity: string;
  readonly pool: string;
}

/** The highest version both ends speak. Throws CHANNEL_VERSION naming both ranges. */
export function agreeVersion(worker: VersionRange, adapter: VersionRange): number {
  const version = Math.min(worker.max, adapter.max);
  if (version >= worker.min && version >= adapter.min) return version;
  throw new BatonError(
    'CHANNEL_VERSION',
    `the worker speaks versions ${worker.min} to ${worker.max}, this adapter ${adapter.min} to ${adapter.max}`,
  );
}

/** The channel exists and the hello shows its secret. Throws a Refusal. */
export function checkSecret(hello: Hello, channel: KnownChannel | undefined): KnownChannel {
  if (!channel) throw new Refusal('closed-channel', 'there is no such channel here');
  if (!isSame(hello.secret, channel.secret)) throw new Refusal('wrong-secret', 'the secret of the channel is wrong');
  return channel;
}

/** The identity may connect to the channel. Throws a Refusal. */
export function checkAcl(hello: Hello, channel: KnownChannel, { workerId, pool, poolIdentity, channels }: WorkerIdentity): void {
  const name = `${hello.adapterId}/${hello.channelId}`;
  const refuse = (reason: 'wrong-identity' | 'wrong-pool' | 'channel-not-named', text: string): never => {
    throw new Refusal(reason, text, 'CHANNEL_IDENTITY', workerId);
  };
  if (pool !== channel.pool) refuse('wrong-pool', `the channel belongs to pool ${channel.pool}, the worker to ${pool}`);
  if (poolIdentity !== channel.poolIdentity) {
    refuse('wrong-identity', `the channel is open to pool identity ${channel.poolIdentity}, the worker has ${poolIdentity}`);
  }
  if (!channels.includes(name)) refuse('channel-not-named', `the identity does not name channel ${name}`);
}

/** Compares in a time that says nothing about where the two differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
