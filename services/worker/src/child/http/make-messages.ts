import type { RequestHead } from '@baton/channel';
import { type HttpServer, type Incoming, incomingClass, type Outgoing, responseClass, shareUniqueHeaders } from './node-internals.ts';
import type { RequestSocket } from './request-socket.ts';

/** Header pairs that Node reads when the server does not say (maxHeadersCount). */
const MAX_HEADER_ITEMS = 2_000;

/** The request as Node's parser would have made it, of the class the server was created with. */
export function makeRequest(server: HttpServer, socket: RequestSocket, head: RequestHead): Incoming {
  const req = new (incomingClass(server))(socket);
  req.httpVersionMajor = 1;
  req.httpVersionMinor = head.httpVersion === '1.1' ? 1 : 0;
  req.httpVersion = head.httpVersion;
  req.joinDuplicateHeaders = server.joinDuplicateHeaders;
  req.url = head.url;
  req.method = head.method;
  req.upgrade = false;
  const { headers } = head;
  const limit = server.maxHeadersCount ? server.maxHeadersCount * 2 : MAX_HEADER_ITEMS;
  req._addHeaderLines(headers, Math.min(headers.length, limit));
  return req;
}

/** The response to it, with its socket still to be assigned. */
export function makeResponse(server: HttpServer, req: Incoming, isKeptAlive: boolean): Outgoing {
  const res = new (responseClass(server))(req, {
    highWaterMark: server.highWaterMark,
    rejectNonStandardBodyWrites: server.rejectNonStandardBodyWrites,
  });
  res.shouldKeepAlive = isKeptAlive;
  // The adapter writes Connection and Keep-Alive for its client. Node's HTTP/1.0 rules depend on rendering them, so there they are left to Node.
  if (req.httpVersionMinor === 1) res._removedConnection = true;
  shareUniqueHeaders(server, res);
  return res;
}
