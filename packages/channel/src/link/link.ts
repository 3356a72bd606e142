import type { BatonError } from '@baton/core';

/**
 * A link carries messages in order until it is lost; a session lives on several, one after the other.
 * Messages to send begin with gRPC's prefix (see codec/packet.ts); received ones arrive as the batch inside.
 */
export interface Link {
  /** Frames after which a batch is worth sending before the turn ends. Undefined: what was sent leaves when the turn ends, however early. */
  readonly cutFrames?: number;
  /** "address:port" of the peer, where it is known; for the log. */
  readonly remote?: string;
  /** A batch lies in memory that the next ones are read into: it is good during its call only. Otherwise it may be kept. */
  readonly reusesMemory?: boolean;
  /** Queues a message; on a lost link it is dropped, the session keeps what is not acknowledged. */
  send(message: Buffer): void;
  /** Lets go of the link at once; `onLost` is not called for it. */
  destroy(): void;
  /** Lets go of the link after what was sent has gone out. */
  end(): void;
}

/** Who takes what a link brings. */
export interface LinkReceiver {
  onBatch(batch: Buffer): void;
  /** What came is no message at all: a violation by the peer, not a lost link. */
  onBroken(error: BatonError): void;
  /** Called once, unless the link was destroyed here. */
  onLost(error: Error): void;
}

/** Opens a link to "host:port"; failures come through `receiver.onLost`. */
export type Dialer = (endpoint: string, receiver: LinkReceiver) => Link;
