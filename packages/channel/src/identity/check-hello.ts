import { createHash, timingSafeEqual } from 'node:crypto';
import { BatonError } from '@baton/core';
import type { Hello, VersionRange } from '../codec/handshake.ts';
import type { WorkerIdentity } from '../types.ts';

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

/** The channel exists and the hello shows its secret. Throws CHANNEL_IDENTITY. */
export function checkSecret(hello: Hello, channel: KnownChannel | undefined): KnownChannel {
  if (!channel) throw refusal(`there is no channel ${hello.adapterId}/${hello.channelId} here`);
  if (!isSame(hello.secret, channel.secret)) throw refusal(`the secret of channel ${hello.adapterId}/${hello.channelId} is wrong`);
  return channel;
}

/** The identity may connect to the channel. Throws CHANNEL_IDENTITY. */
export function checkAcl(hello: Hello, channel: KnownChannel, identity: WorkerIdentity): void {
  const name = `${hello.adapterId}/${hello.channelId}`;
  if (identity.poolIdentity !== channel.poolIdentity) {
    throw refusal(`channel ${name} is open to pool identity ${channel.poolIdentity}, the worker has ${identity.poolIdentity}`);
  }
  if (identity.pool !== channel.pool) throw refusal(`channel ${name} belongs to pool ${channel.pool}, the worker to ${identity.pool}`);
  if (!identity.channels.includes(name)) throw refusal(`the identity of worker ${identity.workerId} does not name channel ${name}`);
}

function refusal(message: string): BatonError {
  return new BatonError('CHANNEL_IDENTITY', message);
}

/** Compares in a time that says nothing about where the two differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
