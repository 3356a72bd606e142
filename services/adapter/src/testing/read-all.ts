import { HeadFault } from '../listener/head-fault.ts';
import type { RequestMessage } from '../listener/request-message.ts';
import { RequestParser } from '../listener/request-parser.ts';

/** One request as a parser understood it. */
export interface ReadRequest {
  readonly method: string;
  readonly url: string;
  readonly version: string;
  readonly headers: readonly string[];
  body: string;
  trailers: readonly string[];
  isComplete: boolean;
}

/** What a parser made of some bytes. */
export interface ReadResult {
  readonly requests: readonly ReadRequest[];
  /** Status of the refusal; 0: none so far. */
  readonly status: number;
  readonly reason: string;
  /** A head has begun and is not complete. */
  readonly isInHead: boolean;
}

/** Reads bytes with our parser, given in the pieces that `splits` (indexes) cut. Stops after a request that closes its connection, as the listener does. */
export function readAll(bytes: Buffer, splits: readonly number[] = [], maxHeaderBytes = 16_384): ReadResult {
  const requests: ReadRequest[] = [];
  let closes = false;
  let left: ReadRequest | undefined;
  const parser = new RequestParser(
    {
      onRequest(message: RequestMessage) {
        const request = {
          method: message.method,
          url: message.target,
          version: `1.${message.minor}`,
          headers: message.headers,
          body: '',
          trailers: [],
          isComplete: !message.hasBody,
        };
        requests.push(request);
        left = message.hasBody ? request : undefined;
        closes ||= !message.keepsAlive;
      },
      onBody(chunk) {
        left!.body += chunk.toString('latin1');
      },
      onMessageEnd(trailers) {
        left!.trailers = trailers ?? [];
        left!.isComplete = true;
        left = undefined;
      },
    },
    maxHeaderBytes,
  );
  const cuts = [...new Set([0, ...splits.map((at) => Math.min(at, bytes.length)), bytes.length])].sort((a, b) => a - b);
  try {
    for (let i = 0; i + 1 < cuts.length; i++) {
      const piece = Buffer.from(bytes.subarray(cuts[i], cuts[i + 1]));
      for (let at = 0; at < piece.length; ) {
        if (closes && !left) return { requests, status: 0, reason: '', isInHead: false };
        at = parser.read(piece, at);
      }
    }
  } catch (error) {
    if (!(error instanceof HeadFault)) throw error;
    return { requests, status: error.status, reason: error.message, isInHead: false };
  }
  return { requests, status: 0, reason: '', isInHead: parser.isInHead };
}
