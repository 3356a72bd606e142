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

/** A frame may always be this large: heads of ordinary requests, and every frame about a session, fit. */
const LEAST_FRAME_BYTES = 2_048;
const MOST = 0xffff_ffff;

/** Defaults, overridden by `given`, checked and frozen. Throws INVALID_ARGUMENT naming the limit. */
export function resolveLimits(given: Partial<ChannelLimits> = {}): ChannelLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1 || value > MOST) {
      throw new BatonError('INVALID_ARGUMENT', `channel limit ${name} is ${value}, expected a whole number from 1 to ${MOST}`);
    }
  }
  const problem = limitsProblem(limits);
  if (problem) throw new BatonError('INVALID_ARGUMENT', `channel limits do not work: ${problem}`);
  return Object.freeze(limits);
}

/** Why nothing could be sent under such limits; undefined: they work. */
export function limitsProblem({ maxFrameBytes, maxBatchBytes, initialCredit, maxStreams }: PeerLimits): string | undefined {
  if (maxFrameBytes < LEAST_FRAME_BYTES) return `maxFrameBytes is ${maxFrameBytes}, expected at least ${LEAST_FRAME_BYTES}`;
  if (maxBatchBytes < 2 * maxFrameBytes)
    return `maxBatchBytes is ${maxBatchBytes}, expected at least twice maxFrameBytes (${maxFrameBytes})`;
  if (initialCredit < 1) return 'initialCredit is 0';
  if (maxStreams < 1) return 'maxStreams is 0';
  return undefined;
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
