import type { FaultCode } from '../head-fault.ts';

/** What Node says when its own limits are reached: invalid frames, refused streams, answers that nobody reads. */
const ABUSE = /TOO_MANY_INVALID_FRAMES|FLOOD|ENHANCE_YOUR_CALM|SESSION_REJECTED/i;

/** Why a session ended, as a refusal; undefined where its connection only broke. */
export function faultOf(error: NodeJS.ErrnoException): { readonly code: FaultCode; readonly reason: string } | undefined {
  const text = `${error.code ?? ''} ${error.message}`;
  if (!/HTTP2|NGHTTP2/.test(text)) return undefined;
  return { code: ABUSE.test(text) ? 'HTTP2_ABUSE' : 'HTTP2_PROTOCOL', reason: error.message };
}
