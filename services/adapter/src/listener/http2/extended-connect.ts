import { randomBytes } from 'node:crypto';
import { HeadFault } from '../head-fault.ts';
import type { RequestMessage } from '../request-message.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Turns an extended CONNECT (RFC 8441, 4) into the upgrade of HTTP/1.1 that asks for the same, which is what an app understands.
 *
 * - The key of a WebSocket means nothing in HTTP/2 (5.1) and everything to an app: it gets a new one. The answer to it stays here (http2-reply.ts).
 * - Throws HeadFault: 501 for CONNECT of RFC 9110 and for HTTP itself, 400 for what is no protocol or announces a body.
 */
export function readConnect(message: RequestMessage, headers: string[], protocol: string | undefined): void {
  if (protocol === undefined) throw new HeadFault(501, 'CONNECT is not served');
  if (!TOKEN.test(protocol)) throw new HeadFault(400, 'a :protocol that is no token');
  if (/^(?:h2c?|http.*|connect-.*)$/i.test(protocol)) throw new HeadFault(501, `CONNECT for ${protocol} is not served`);
  if (message.contentLength > 0) throw new HeadFault(400, 'CONNECT with a Content-Length');
  message.method = 'GET';
  message.upgrade = protocol;
  headers.push('connection', 'Upgrade', 'upgrade', protocol);
  if (protocol.toLowerCase() === 'websocket' && !headers.includes('sec-websocket-key'))
    headers.push('sec-websocket-key', randomBytes(16).toString('base64'));
}
