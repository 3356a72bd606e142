import type { RequestHead } from '@baton/channel';

/** Fields about the connection of HTTP/1.1 (RFC 9113, 8.2.2), and those that become pseudo-fields. */
const LEFT_OUT = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'host', 'http2-settings']);

/** The head of a request, which has the form of HTTP/1.1, as the fields of HTTP/2 that say the same: raw pairs, pseudo-fields first (RFC 9113, 8.3.1). */
export function requestFields({ method, url, headers, encrypted }: RequestHead): string[] {
  let host = '';
  const fields: string[] = [];
  const ofConnection = new Set<string>();
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.length !== 10 || headers[i]!.toLowerCase() !== 'connection') continue;
    for (const token of headers[i + 1]!.split(',')) ofConnection.add(token.trim().toLowerCase());
  }
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    const value = headers[i + 1]!;
    if (name === 'host') host = value;
    if (name === 'te') {
      // The only one that HTTP/2 has; gRPC asks for it.
      if (/\btrailers\b/i.test(value)) fields.push(name, 'trailers');
    } else if (!LEFT_OUT.has(name) && !ofConnection.has(name)) fields.push(name, value);
  }
  return [':method', method, ':path', pathOf(url, method), ':scheme', encrypted ? 'https' : 'http', ':authority', host, ...fields];
}

/**
 * `:path` for a target: what follows the authority of one in absolute form, else the target.
 *
 * - One without a path has "/" in front of its query; OPTIONS of one that has neither is about the server, "*" (RFC 9113, 8.3.1; RFC 9112, 3.2.4).
 */
function pathOf(url: string, method: string): string {
  if (url.charCodeAt(0) === 0x2f || url === '*') return url;
  const scheme = url.indexOf('://') + 3;
  const length = url.slice(scheme).search(/[/?#]/);
  if (length < 0) return method === 'OPTIONS' ? '*' : '/';
  const path = url.slice(scheme + length);
  return path.charCodeAt(0) === 0x2f ? path : `/${path}`;
}
