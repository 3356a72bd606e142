import type { IncomingMessage } from 'node:http';

/** Where the socket of a request has its BodySource. */
const BODY: unique symbol = Symbol.for('baton.body') as never;

/** Takes a request's body past its stream. */
export interface BodySink {
  /** Bytes are good during the call only. */
  onBodyBytes(bytes: Buffer): void;
  onBodyEnd(): void;
}

/**
 * What the host of a worker offers for the body of a request: its bytes as they lie in the memory they were read into. The stream of the request makes a
 * buffer for each, which is as much garbage as there is body: a third of the CPU of a large upload (docs/programming-model.md).
 */
export interface BodySource {
  /** False: somebody has begun to read the stream; it is the way then. */
  takeBody(sink: BodySink): boolean;
  /** Bytes that the sink has got are not held any more: as many may come. */
  bodyConsumed(bytes: number): void;
  /** What still comes goes to the stream. */
  leaveBody(): void;
}

/** That of a request; undefined where there is none, as on any socket of Node's. */
export function bodySourceOf(req: IncomingMessage): BodySource | undefined {
  return (req.socket as unknown as { readonly [BODY]?: BodySource } | null)?.[BODY];
}
