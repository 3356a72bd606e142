import { METHODS } from 'node:http';
import { constants } from 'node:http2';
import { HeadFault } from '../head-fault.ts';
import { RequestMessage } from '../request-message.ts';
import { isHostValid, isTargetValid } from '../target.ts';
import { readConnect } from './extended-connect.ts';

const KNOWN_METHODS = new Set(METHODS);
const TARGET = /^[\x21-\x7e]+$/;

/**
 * Turns the fields of an HTTP/2 request into the head of HTTP/1.1 that says the same (RFC 9113, 8.3.1 and 8.2.3).
 *
 * - nghttp2 has checked what belongs to HTTP/2: names and values, pseudo-fields, no connection-specific field, Content-Length against the body.
 * - `:authority` becomes Host, in front; a Host that says something else is refused. Pieces of Cookie are joined.
 * - A body without a length is announced as chunked, or an app would take the request for one without body.
 * - Throws HeadFault.
 */
export function readRequest(fields: readonly string[], flags: number): RequestMessage {
  const message = new RequestMessage();
  const headers: string[] = [];
  let authority: string | undefined;
  let host: string | undefined;
  let scheme = '';
  let protocol: string | undefined;
  let cookieAt = -1;
  let bytes = 0;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    bytes += name.length + value.length + 4;
    switch (name) {
      case ':method':
        message.method = value;
        continue;
      case ':path':
        message.target = value;
        continue;
      case ':authority':
        authority = value;
        continue;
      case ':scheme':
        scheme = value;
        continue;
      case ':protocol':
        protocol = value;
        continue;
      case 'host':
        if (host !== undefined) throw new HeadFault(400, 'more than one Host field');
        host = value;
        continue;
      case 'cookie':
        if (cookieAt >= 0) {
          headers[cookieAt] += `; ${value}`;
          continue;
        }
        cookieAt = headers.length + 1;
        break;
      case 'content-length':
        message.contentLength = Number(value);
        break;
      case 'expect':
        message.expectsContinue = message.expectsContinue || /^100-continue$/i.test(value);
        break;
      case 'traceparent':
        message.traceparent ??= value;
        break;
      case 'x-request-id':
        message.requestId ??= value;
        break;
      default:
        if (name.startsWith('x-forwarded-')) message.hasForwarded = true;
    }
    headers.push(name, value);
  }
  message.isHttp2 = true;
  message.headBytes = bytes;
  if (message.method === 'CONNECT') readConnect(message, headers, protocol);
  checkTarget(message, scheme);
  message.host = hostOf(authority, host);
  if (message.isUpgrade) message.contentLength = -1;
  else if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) message.contentLength = -1;
  else if (message.contentLength < 0) {
    message.isChunked = true;
    headers.push('transfer-encoding', 'chunked');
  }
  message.headers = ['host', message.host, ...headers];
  return message;
}

function checkTarget({ method, target }: RequestMessage, scheme: string): void {
  if (!KNOWN_METHODS.has(method)) throw new HeadFault(400, 'unknown method');
  if (scheme !== 'http' && scheme !== 'https') throw new HeadFault(400, 'a :scheme other than http and https');
  if (!TARGET.test(target) || !isTargetValid(target) || (target === '*' && method !== 'OPTIONS')) throw new HeadFault(400, 'invalid :path');
  if (target.charCodeAt(0) !== 0x2f && target !== '*') throw new HeadFault(400, 'a :path that is no path');
}

function hostOf(authority: string | undefined, host: string | undefined): string {
  const name = authority ?? host;
  if (name === undefined || name === '') throw new HeadFault(400, 'neither :authority nor Host');
  if (host !== undefined && host.toLowerCase() !== name.toLowerCase()) throw new HeadFault(400, 'a Host that is not :authority');
  if (!isHostValid(name)) throw new HeadFault(400, 'invalid :authority');
  return name;
}
