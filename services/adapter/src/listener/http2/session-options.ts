import type { ServerSessionOptions } from 'node:http2';
import type { Limits } from '@baton/adapter-kit';

/** Streams that a client may have open at once. */
const MAX_STREAMS = 128;
/** Body bytes of one stream that may be under way or wait here: what the channel takes of a request before its first credit. */
const STREAM_WINDOW = 262_144;
/** The same for all streams of a connection. */
export const CONNECTION_WINDOW = 4_194_304;
/** As for HTTP/1.1 (scan-head.ts). */
const MAX_FIELDS = 2_000;

/**
 * What nghttp2 is told for a connection.
 *
 * - It refuses a CONTINUATION flood, a flood of frames that want an answer from a client that reads none, and resets without measure by itself
 *   (flood-guard.ts has the limits that are ours); these numbers only make it less patient than it is.
 * - The header list may be twice maxHeaderBytes, because each field counts 32 bytes more there (RFC 9113, 6.5.2), and so that a head that is too
 *   large by our own count is answered 431.
 */
export function sessionOptions({ maxHeaderBytes }: Limits): ServerSessionOptions {
  return {
    maxHeaderListPairs: MAX_FIELDS,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 50,
    maxSettings: 32,
    // A header block of an app that is larger than this cannot be what it wants.
    maxSendHeaderBlockLength: 1_048_576,
    strictSingleValueFields: false,
    settings: {
      enablePush: false,
      enableConnectProtocol: true,
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: STREAM_WINDOW,
      maxHeaderListSize: Math.min(0xffff_ffff, 2 * (maxHeaderBytes || 1_048_576)),
    },
  };
}
