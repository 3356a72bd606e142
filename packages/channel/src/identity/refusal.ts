import { BatonError, type ErrorCode } from '@baton/core';
import type { Hello } from '../codec/handshake.ts';
import type { Link } from '../link/link.ts';

const MOST_NAME = 128;
const MOST_TEXT = 512;

/**
 * Why a link was refused: the label of `baton_channel_refusals_total`, and the word in the log.
 *
 * - `closed-channel`: there is no such channel (any more). `dead-worker`: its death is known.
 * - `replayed`: the token of another worker, or a hello shown before. `stale-proof`: signed too long ago, or the clocks differ.
 * - `unknown-session`: a resume of a session that is over, revoked or never was. `silent`: no hello in time.
 */
export const REFUSAL_REASONS = [
  'wrong-secret',
  'closed-channel',
  'wrong-pool',
  'wrong-identity',
  'channel-not-named',
  'dead-worker',
  'expired',
  'not-yet-valid',
  'tampered',
  'unknown-key',
  'no-proof',
  'stale-proof',
  'replayed',
  'unknown-session',
  'version',
  'malformed',
  'silent',
  'closing',
  'other',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** A link that was refused, as the adapter logs and counts it: never with a secret, a token or a proof. */
export interface RefusedLink {
  readonly reason: RefusalReason;
  /** One sentence for the log; the peer is not told it (see `refusalText`). */
  readonly text: string;
  /** The channel that the hello named, '' and 0 when none was read. Shortened: it is what a stranger wrote. */
  readonly adapterId: string;
  readonly channelId: number;
  /** Whom the identity named, once its signature was good. */
  readonly workerId?: string;
  /** "address:port" of the peer, where the link knows it. */
  readonly remote?: string;
}

/** The error of a hello that is not let in. `message` is for the adapter's log. */
export class Refusal extends BatonError {
  readonly reason: RefusalReason;
  readonly workerId: string | undefined;

  constructor(reason: RefusalReason, message: string, code: ErrorCode = 'CHANNEL_IDENTITY', workerId?: string) {
    super(code, message);
    this.reason = reason;
    this.workerId = workerId;
  }

  /** The same refusal, of a worker whose name is known now. */
  static of(error: unknown, workerId: string): BatonError {
    return error instanceof Refusal ? new Refusal(error.reason, error.message, error.code, workerId) : BatonError.from(error);
  }
}

const BY_CODE: { readonly [C in ErrorCode]?: RefusalReason } = {
  CHANNEL_VERSION: 'version',
  CHANNEL_PROTOCOL: 'malformed',
  CHANNEL_RESUME_EXPIRED: 'unknown-session',
  CHANNEL_CLOSED: 'closing',
};

export function refusedLink(error: BatonError, hello: Hello | undefined, { remote }: Link): RefusedLink {
  const workerId = error instanceof Refusal ? error.workerId : undefined;
  return {
    reason: error instanceof Refusal ? error.reason : (BY_CODE[error.code] ?? 'other'),
    text: error.message.slice(0, MOST_TEXT),
    adapterId: hello?.adapterId.slice(0, MOST_NAME) ?? '',
    channelId: hello?.channelId ?? 0,
    ...(workerId !== undefined && { workerId }),
    ...(remote !== undefined && { remote }),
  };
}

/**
 * What the peer of a refused link is told.
 *
 * - Of its identity nothing but that it was refused: which check failed would tell somebody who tries what he has right already.
 * - Versions and violations as they are: they say only what the peer itself sent, and a release that differs is found by them.
 */
export function refusalText({ code, message }: BatonError): string {
  switch (code) {
    case 'CHANNEL_VERSION':
    case 'CHANNEL_PROTOCOL':
      return message;
    case 'CHANNEL_RESUME_EXPIRED':
      return 'the resume token names no session that still lives';
    case 'CHANNEL_IDENTITY':
      return 'this worker is not let in; the log of the adapter says why';
    default:
      return 'the adapter takes no links now';
  }
}
