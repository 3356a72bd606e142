import { OutgoingMessage, type ServerResponse } from 'node:http';

/** Where Node notes that somebody waits for 'drain'. */
const NEED_DRAIN = Object.getOwnPropertySymbols(new OutgoingMessage()).find(({ description }) => description === 'kNeedDrain');

/** What Node's server does when a connection has room again (socketOnDrain of _http_server.js), for one that has no such server: who waits hears 'drain'. */
export function tellDrain(res: ServerResponse): void {
  if (!res.writableNeedDrain) return;
  if (NEED_DRAIN) (res as unknown as Record<symbol, boolean>)[NEED_DRAIN] = false;
  res.emit('drain');
}
