import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { WriteLog } from '../server/server-host.ts';

const TEXT = 'The app did not answer within requestTimeout.\n';
const GATEWAY_TIMEOUT = [
  `HTTP/1.1 504 ${STATUS_CODES[504]}`,
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${Buffer.byteLength(TEXT)}`,
  'Connection: close',
  '',
  TEXT,
].join('\r\n');

/**
 * Ends a request whose response is not out after `limitMs`, as an adapter does at requestTimeout: its client gets 504 while nothing of a response is out
 * and a broken connection otherwise, and for the app, its modules or its extension the client has left. A connection that was upgraded is left alone.
 */
export function endAtDeadline(req: IncomingMessage, res: ServerResponse, limitMs: number, log: WriteLog): void {
  const timer = setTimeout(() => {
    const { socket } = res;
    if (!socket) return;
    log('warn', `The response was not out within requestTimeout, ${limitMs} ms.`, { method: req.method, url: req.url });
    if ((res as NodeResponse)._headerSent) res.destroy();
    else answerInPlaceOf(res as NodeResponse, socket, req);
  }, limitMs);
  timer.unref();
  res.once('close', () => clearTimeout(timer));
}

/** A response with what Node keeps of its way out. */
type NodeResponse = ServerResponse & { _headerSent: boolean; _closed: boolean };

function answerInPlaceOf(res: NodeResponse, socket: NonNullable<ServerResponse['socket']>, req: IncomingMessage): void {
  res.detachSocket(socket);
  socket.end(GATEWAY_TIMEOUT, () => {
    req.destroy();
    socket.destroySoon();
  });
  res.destroyed = true;
  res._closed = true;
  res.emit('close');
}
