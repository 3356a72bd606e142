import type { Framing, ResponseHead } from '@baton/channel';
import { http } from '../http/node-http.ts';

/** The head of an app's response, as raw pairs of HTTP/2, in the form of the channel. `isEnd`: nothing follows it. */
export function responseHead(fields: readonly string[], isEnd: boolean): ResponseHead {
  let status = 0;
  let headers = '';
  let framing: Framing = isEnd ? 'none' : 'chunked';
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    if (name === ':status') status = Number(fields[i + 1]);
    else if (name.charCodeAt(0) !== 0x3a) headers += `${name}: ${fields[i + 1]}\r\n`;
    if (name === 'content-length' && !isEnd) framing = 'length';
  }
  return { status, reason: http.STATUS_CODES[status] ?? '', headers, framing, close: false };
}
