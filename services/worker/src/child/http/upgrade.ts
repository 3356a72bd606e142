import type { RequestHandler, RequestHead, ResponseStream } from '@baton/channel';
import { enterApp } from '../app-scope.ts';
import { ChannelSocket } from '../socket/channel-socket.ts';
import { announceConnection } from './emit-request.ts';
import type { Delivery } from './exchange.ts';
import { makeRequest, makeResponse } from './make-messages.ts';
import { type HttpServer, type Incoming, takeNeedDrain } from './node-internals.ts';
import type { RequestSocket } from './request-socket.ts';
import { ResponseWire } from './response-wire.ts';

const NOTHING = Buffer.alloc(0);

/**
 * Whether Node's parser would see an upgrade in this head: Connection names it and an Upgrade field is there (RFC 9110, 7.8). The adapter opens such a
 * request without an end and without a body's length, and no other one looks like it.
 */
export function isUpgradeHead({ headers, httpVersion }: RequestHead): boolean {
  if (httpVersion === '1.0') return false;
  let isNamed = false;
  let isThere = false;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    if (name.length === 7) isThere ||= name.toLowerCase() === 'upgrade';
    else if (name.length === 10 && name.toLowerCase() === 'connection')
      isNamed ||= /(?:^|,)[ \t]*upgrade[ \t]*(?:,|$)/i.test(headers[index + 1]!);
    else if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (headers[index + 1] !== '0') return false;
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return false;
  }
  return isNamed && isThere;
}

/** Keeps count of upgraded connections. */
export interface UpgradeOwner {
  opened(): void;
  closed(): void;
}

/**
 * Offers an upgrade to the app's server as Node's does: 'upgrade' with the request, a socket and the bytes behind the head, of which there are none yet
 * (the adapter keeps them until the head of the answer is there). Undefined: the server takes none, and the request is an ordinary one.
 *
 * - The app writes raw HTTP/1.1 until its final head. 101 makes the rest of the socket raw; any other head is an ordinary answer.
 * - With modules around the app the upgrade goes through them first: one that answers it itself writes an ordinary response on the socket.
 */
export function offerUpgrade(
  server: HttpServer,
  stream: ResponseStream,
  owner: UpgradeOwner,
  delivery?: Delivery,
): RequestHandler | undefined {
  const wire = new ResponseWire(stream, true);
  const socket = new ChannelSocket(stream, {
    server,
    allowHalfOpen: true,
    highWaterMark: server.highWaterMark,
    wire: { write: (data) => wire.write(data, undefined, null), end: () => wire.end() },
    onClosed: () => owner.closed(),
  });
  const req = makeRequest(server, socket as unknown as RequestSocket, stream.head);
  if (!server.shouldUpgradeCallback(req)) return undefined;
  req.upgrade = true;
  req.complete = true;
  owner.opened();
  if (server.timeout) socket.setTimeout(server.timeout);
  if (server.listenerCount('connection') > 1) announceConnection(server, socket);
  if (delivery === undefined) enterApp(emitUpgrade, server, { req, socket });
  else enterApp(deliverUpgrade, { server, req, socket, delivery }, stream.head.deadlineMs);
  return socket.handler;
}

interface Offer {
  readonly server: HttpServer;
  readonly req: Incoming;
  readonly socket: ChannelSocket;
  readonly delivery: Delivery;
}

function deliverUpgrade(this: Offer, leftMs: number): void {
  const { server, req, socket, delivery } = this;
  const res = makeResponse(server, req, false);
  res.assignSocket(socket as never);
  res.once('finish', () => socket.destroySoon());
  // Whoever refuses with a long answer waits for it, as Node's own server lets him.
  const drained = (): void => void (!res.finished && takeNeedDrain(res) && res.emit('drain'));
  socket.on('drain', drained);
  // The app hears of errors once it has the socket; until then a client that resets its connection must not end the process.
  socket.on('error', ignore);
  delivery.upgrade(req, res, leftMs, (done) => {
    socket.off('drain', drained);
    res.detachSocket(socket as never);
    // Its client has left: there is nothing for the app.
    if (socket.destroyed) return void done();
    res.statusCode = 101;
    socket.off('error', ignore);
    socket.once('close', done);
    emitUpgrade.call(server, this);
  });
}

function emitUpgrade(this: HttpServer, { req, socket }: Pick<Offer, 'req' | 'socket'>): void {
  if (this.listenerCount('upgrade') === 0) socket.destroy();
  else this.emit('upgrade', req, socket, NOTHING);
}

function ignore(): void {}
