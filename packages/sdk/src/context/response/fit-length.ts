import { isApp, totalOf } from './entity.ts';
import type { Flush } from './flush.ts';
import { nativeOf, type RawResponse } from './raw-response.ts';

/**
 * Sets Content-Length for what modules have made of a response, before its head goes out.
 *
 * - What is the app's alone keeps the framing that the app, or Node, gives it.
 * - Modules' pieces beside an app's: its Content-Length grows by theirs, or goes where theirs is not known.
 * - Statuses without content get none (RFC 9110, 8.6).
 */
export function fitLength(res: RawResponse, flush: Flush, isHeadOut: boolean): void {
  if (isHeadOut) return;
  const { pieces, isLast, isFinished, isCleared, endsResponse } = flush;
  const hasApp = pieces.some(isApp);
  if (res.statusCode === 204 || res.statusCode === 304) {
    if (!hasApp) nativeOf(res).removeHeader.call(res, 'content-length');
  } else if (!hasApp || isCleared || (isFinished && !isLast)) {
    if (endsResponse) setLength(res, totalOf(pieces));
    else if (isCleared) setLength(res, Number.NaN);
  } else if (pieces.length > 1) {
    const added = totalOf(pieces, (piece) => !isApp(piece));
    const promised = res.getHeader('content-length');
    if (added === 0) return;
    if (promised !== undefined) setLength(res, Number(promised) + added);
    else if (isLast) setLength(res, totalOf(pieces));
  }
}

function setLength(res: RawResponse, length: number): void {
  const native = nativeOf(res);
  if (Number.isNaN(length)) return void native.removeHeader.call(res, 'content-length');
  native.removeHeader.call(res, 'transfer-encoding');
  native.setHeader.call(res, 'Content-Length', length);
}
