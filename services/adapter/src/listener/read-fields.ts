import { HT, isNamed, SP } from './bytes.ts';
import { HeadFault } from './head-fault.ts';
import type { RequestMessage } from './request-message.ts';
import { isHostValid } from './target.ts';

/** Optional white space around a list member (RFC 9110, 5.6.3). Not String.trim: that takes 0xa0 too, and another reader would see another token. */
const BLANKS = /^[ \t]+|[ \t]+$/g;

/**
 * Turns scanned fields into raw pairs and draws from them what framing, routing and admission need.
 *
 * - Anything from which two readers could frame the body differently is refused: CL with TE, CL twice, a TE that is not exactly "chunked".
 * - Host is required for HTTP/1.1, at most once, and holds only what an authority may hold.
 */
export function readFields(
  bytes: Buffer,
  base: number,
  text: string,
  offsets: readonly number[],
  count: number,
  into: RequestMessage,
): void {
  const headers: string[] = [];
  let transferEncoding: string | undefined;
  let saysClose = false;
  let saysKeepAlive = false;
  let connection = '';
  let upgrade: string | undefined;
  for (let i = 4; i < count; i += 4) {
    const nameAt = offsets[i]!;
    const nameEnd = offsets[i + 1]!;
    const value = text.slice(offsets[i + 2], offsets[i + 3]);
    headers.push(text.slice(nameAt, nameEnd), value);
    const at = base + nameAt;
    switch (nameEnd - nameAt) {
      case 4:
        if (isNamed(bytes, at, 'host')) {
          if (into.host !== undefined) throw new HeadFault(400, 'more than one Host field');
          if (!isHostValid(value)) throw new HeadFault(400, 'invalid Host field');
          into.host = value;
        }
        break;
      case 6:
        if (isNamed(bytes, at, 'expect')) into.expectsContinue = into.expectsContinue || /^100-continue$/i.test(value);
        break;
      case 7:
        if (isNamed(bytes, at, 'upgrade')) upgrade = upgrade === undefined ? value : `${upgrade}, ${value}`;
        break;
      case 10:
        if (isNamed(bytes, at, 'connection')) {
          connection = connection === '' ? value : `${connection}, ${value}`;
          saysClose = saysClose || hasListToken(value, 'close');
          saysKeepAlive = saysKeepAlive || hasListToken(value, 'keep-alive');
        }
        break;
      case 11:
        if (isNamed(bytes, at, 'traceparent')) into.traceparent ??= value;
        break;
      case 12:
        if (isNamed(bytes, at, 'x-request-id')) into.requestId ??= value;
        break;
      case 14:
        if (isNamed(bytes, at, 'content-length')) {
          if (into.contentLength >= 0) throw new HeadFault(400, 'more than one Content-Length field');
          into.contentLength = parseContentLength(value);
        }
        break;
      case 15:
      case 16:
        if (isNamed(bytes, at, 'x-forwarded-')) into.hasForwarded = true;
        break;
      case 17:
        if (isNamed(bytes, at, 'transfer-encoding')) {
          if (transferEncoding !== undefined) throw new HeadFault(400, 'more than one Transfer-Encoding field');
          if (hasTabBehind(text, offsets[i + 3]!)) throw new HeadFault(400, 'a tab behind Transfer-Encoding');
          transferEncoding = value;
        } else if (isNamed(bytes, at, 'x-forwarded-proto')) into.hasForwarded = true;
        break;
    }
  }
  if (transferEncoding !== undefined) readTransferEncoding(transferEncoding, into);
  if (into.host === undefined && into.minor === 1) throw new HeadFault(400, 'HTTP/1.1 without Host');
  into.keepsAlive = !saysClose && (into.minor === 1 || saysKeepAlive);
  into.headers = headers;
  if (upgrade !== undefined && into.minor === 1 && hasListToken(connection, 'upgrade')) readUpgrade(upgrade, into);
}

/**
 * Says that the request may become a connection of another protocol (RFC 9110, 7.8), or takes the field out where the adapter does not offer that:
 *
 * - with a body, which would have to be read before the connection changes,
 * - to HTTP itself: h2c by Upgrade is deprecated (RFC 9113, 3.1), and an app must not be asked for it behind a listener that speaks HTTP/2.
 */
function readUpgrade(protocols: string, into: RequestMessage): void {
  const isOther = protocols.split(',').some((protocol) => !/^[ \t]*(?:h2c|http\/.*|)[ \t]*$/i.test(protocol));
  if (isOther && !into.hasBody) {
    into.upgrade = protocols;
    return;
  }
  const { headers } = into;
  for (let i = headers.length - 2; i >= 0; i -= 2) if (/^(?:upgrade|http2-settings)$/i.test(headers[i]!)) headers.splice(i, 2);
}

/** Valid white space, but llhttp and others do not see the coding before it: such a body could be framed in two ways. */
function hasTabBehind(text: string, valueEnd: number): boolean {
  let at = valueEnd;
  while (text.charCodeAt(at) === SP) at++;
  return text.charCodeAt(at) === HT;
}

function readTransferEncoding(value: string, into: RequestMessage): void {
  if (into.contentLength >= 0) throw new HeadFault(400, 'Content-Length beside Transfer-Encoding');
  if (into.minor === 0) throw new HeadFault(400, 'Transfer-Encoding in an HTTP/1.0 request');
  if (value !== 'chunked') checkCodings(value);
  into.isChunked = true;
}

/** Only chunked, last and once, says where a request ends (RFC 9112, 6.3); a coding below it would have to be undone, which nobody here does. */
function checkCodings(value: string): void {
  const codings = value.split(',').map((coding) => coding.replace(BLANKS, '').toLowerCase());
  if (codings.indexOf('chunked') !== codings.length - 1) throw new HeadFault(400, 'a Transfer-Encoding that does not end with one chunked');
  if (codings.length > 1) throw new HeadFault(501, 'a transfer coding other than chunked');
}

function parseContentLength(value: string): number {
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) throw new HeadFault(400, 'invalid Content-Length');
    length = length * 10 + digit;
  }
  if (value === '' || length > Number.MAX_SAFE_INTEGER) throw new HeadFault(400, 'invalid Content-Length');
  return length;
}

function hasListToken(value: string, token: string): boolean {
  if (value.length === token.length) return value === token || value.toLowerCase() === token;
  if (value.length < token.length) return false;
  return value.split(',').some((part) => part.replace(BLANKS, '').toLowerCase() === token);
}
