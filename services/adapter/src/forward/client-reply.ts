import type { ResponseHead } from '@baton/channel';
import type { Refusal } from './refusal.ts';

/** A response that may not reach the client as it is; what carries it must end with it. */
export type ReplyFault = string;

/**
 * The response to one request in the client's version of HTTP: HTTP/1.1 (listener/reply.ts) or a stream of HTTP/2 (listener/http2/http2-reply.ts).
 *
 * - Every method returns a fault instead of writing what would put the client out of step.
 */
export interface ClientReply {
  /** Of the final head; 0 before it. */
  readonly status: number;
  /** Body bytes written, without framing. */
  readonly bytes: number;
  /** A final head was written. */
  readonly isStarted: boolean;
  /** All that its head announced was written: the client may take it for complete before `end` says so. */
  readonly isWhole: boolean;
  /** An interim response was written. */
  readonly hasInterim: boolean;
  /** Nobody waits for the rest of the request behind this response. */
  closes: boolean;
  interim(head: ResponseHead): ReplyFault | undefined;
  /** `extra`: header lines of the adapter; `connectionLines`: those of HTTP/1.1 for a connection that stays. */
  head(head: ResponseHead, requestId: string, extra: string, connectionLines: string): ReplyFault | undefined;
  /** False: the client does not keep up. A string: a fault. */
  data(chunk: Buffer): boolean | ReplyFault;
  end(trailers: readonly string[] | undefined): ReplyFault | undefined;
  /** Writes a whole response of the adapter's own. */
  refuse(refusal: Refusal, connectionLines: string): void;
}
