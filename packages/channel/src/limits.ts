import { BatonError } from '@baton/core';
import type { ChannelLimits } from './types.ts';

/** What applies where nothing else is said. */
export const DEFAULT_LIMITS: ChannelLimits = Object.freeze({
  maxFrameBytes: 1_048_576,
  maxBatchBytes: 4_194_304,
  dataFrameBytes: 65_536,
  initialCredit: 262_144,
  maxStreams: 100_000,
  maxUnackedBytes: 8_388_608,
  maxRetainedBytes: 67_108_864,
  resumeLimitMs: 10_000,
  keepaliveMs: 2_000,
  ackDelayMs: 10,
});

/** Defaults, overridden by `given`, checked and frozen. Throws INVALID_ARGUMENT naming the limit. */
export function resolveLimits(given: Partial<ChannelLimits> = {}): ChannelLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 0xffff_ffff) {
      throw new BatonError('INVALID_ARGUMENT', `channel limit ${name} is ${value}, expected a whole number from 1 to 4294967295`);
    }
  }
  if (limits.maxBatchBytes < 2 * limits.maxFrameBytes) {
    throw new BatonError('INVALID_ARGUMENT', `maxBatchBytes is ${limits.maxBatchBytes}, expected at least twice maxFrameBytes`);
  }
  if (limits.dataFrameBytes > limits.maxFrameBytes) {
    throw new BatonError(
      'INVALID_ARGUMENT',
      `dataFrameBytes is ${limits.dataFrameBytes}, expected at most maxFrameBytes (${limits.maxFrameBytes})`,
    );
  }
  return Object.freeze(limits);
}

/** What a peer lets the other end send, told in hello and welcome. */
export interface PeerLimits {
  readonly maxFrameBytes: number;
  readonly maxBatchBytes: number;
  readonly initialCredit: number;
  readonly maxStreams: number;
}

export function peerLimits(limits: ChannelLimits): PeerLimits {
  const { maxFrameBytes, maxBatchBytes, initialCredit, maxStreams } = limits;
  return { maxFrameBytes, maxBatchBytes, initialCredit, maxStreams };
}
