import type { Framing, ResponseHead } from '@baton/channel';
import type { Outgoing } from './node-internals.ts';

/** A head as the channel wants it, and what the header lines said about the body. */
export interface ParsedHead {
  readonly head: ResponseHead;
  /** Body bytes the head promises; NaN when it does not say. */
  readonly contentLength: number;
}

const CHUNKED_LINE = 'Transfer-Encoding: chunked\r\n';

/**
 * Head of a message as Node rendered it, without looking at each line.
 *
 * - Node's flags tell what a look at the lines would; undefined when the app wrote a connection, keep-alive or transfer-encoding line itself.
 * - `_removedConnection` was set by us before the app ran, so that Node renders no Connection and Keep-Alive lines; Node takes it back when the app sets one.
 */
export function headOfMessage(message: Outgoing, text: string): ParsedHead | undefined {
  if (!message._removedConnection || !message._defaultKeepAlive) return undefined;
  const lineEnd = text.indexOf('\r\n');
  let end = text.length - 2;
  let framing: Framing;
  if (message.chunkedEncoding) {
    if (!text.startsWith(CHUNKED_LINE, end - CHUNKED_LINE.length)) return undefined;
    end -= CHUNKED_LINE.length;
    framing = 'chunked';
  } else {
    if (text.includes('ransfer-') || text.includes('RANSFER-')) return undefined;
    framing = !message._hasBody ? 'none' : message._contentLength !== null && !message._removedContLen ? 'length' : 'close';
  }
  const head = {
    status: Number(text.slice(9, 12)),
    reason: text.slice(13, lineEnd),
    headers: text.slice(lineEnd + 2, end),
    framing,
    close: message._last || framing === 'close',
  };
  return { head, contentLength: framing === 'length' ? (message._contentLength ?? Number.NaN) : Number.NaN };
}

/** Whether a response to `method` with this status has no body whatever its headers say. */
export const isBodyless = (method: string, status: number): boolean =>
  method === 'HEAD' || status === 204 || status === 304 || status < 200;

/**
 * Head from its bytes, line by line: `text` runs from the status line to the empty line, both included.
 *
 * - Connection, keep-alive and transfer-encoding lines are left out; `framing` and `close` say the same.
 * - Undefined when the first line is not a status line of HTTP/1.
 */
export function parseHead(text: string, method: string): ParsedHead | undefined {
  const status = /^HTTP\/1\.([01]) (\d{3})(?: ([^\r]*))?\r\n/.exec(text);
  if (!status) return undefined;
  const code = Number(status[2]);
  let close = status[1] === '0';
  let chunked = false;
  let contentLength = Number.NaN;
  let headers = '';
  for (let at = status[0].length; at < text.length - 2; ) {
    const next = text.indexOf('\r\n', at) + 2;
    const colon = text.indexOf(':', at);
    const name = text.slice(at, colon).toLowerCase();
    const value = text.slice(colon + 1, next - 2).trim();
    if (name === 'connection') close = /(?:^|\W)close(?:$|\W)/i.test(value) || (close && !/keep-alive/i.test(value));
    else if (name === 'transfer-encoding') chunked ||= /(?:^|\W)chunked(?:$|\W)/i.test(value);
    else if (name !== 'keep-alive') headers += text.slice(at, next);
    if (name === 'content-length') contentLength = Number(value);
    at = next;
  }
  const framing: Framing = chunked
    ? 'chunked'
    : isBodyless(method, code)
      ? 'none'
      : Number.isSafeInteger(contentLength)
        ? 'length'
        : 'close';
  return {
    head: { status: code, reason: status[3] ?? '', headers, framing, close: close || framing === 'close' },
    contentLength: framing === 'length' ? contentLength : Number.NaN,
  };
}
