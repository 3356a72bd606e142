import { channel } from 'node:diagnostics_channel';
import { type BlockList, isIP, type Server, type Socket } from 'node:net';
import type { RequestHandler, ResponseStream } from '@baton/channel';
import { enterApp } from '../app-scope.ts';
import { type CountingServer, ServerGate } from '../service/server-gate.ts';
import { type Closing, NO_READER, type ServerService } from '../service/service.ts';
import type { Tally } from '../service/tally.ts';
import { Connection } from './connection.ts';

const socketAccepted = channel('net.server.socket');

/** net.Server with the options that Node keeps on it. */
interface TcpListener extends CountingServer {
  readonly allowHalfOpen: boolean;
  readonly pauseOnConnect: boolean;
  readonly highWaterMark: number;
  readonly blockList?: BlockList;
}

/**
 * Gives connections of the channels to a server of the app that reads bytes, as `onconnection` of Node's net.js does with those of the kernel:
 * `maxConnections` and 'drop', `blockList`, `pauseOnConnect`, `allowHalfOpen`, the count of connections.
 *
 * - On a tcp:// binding every server gets the bytes of the client: a tls.Server or https.Server ends TLS itself there.
 * - On a tls:// binding TLS has ended at the adapter, and a tls.Server hears 'secureConnection' with what was in it.
 */
export class TcpServer implements ServerService {
  readonly server: Server;
  readonly #server: TcpListener;
  readonly #gate: ServerGate<TcpListener>;
  readonly #tally: Tally;

  constructor(server: Server, tally: Tally) {
    this.server = server;
    this.#server = server as TcpListener;
    this.#gate = new ServerGate(this.#server);
    this.#tally = tally;
    if (hearsSecure(server)) server.prependListener('secureConnection', nameEnds);
  }

  detach(closing: Closing): void {
    this.#gate.close(closing);
  }

  release(): void {
    this.#gate.release();
  }

  handle(stream: ResponseStream): RequestHandler {
    if (!this.#gate.isOpen) {
      stream.reset('NOT_BEGUN', 'the app listens no more');
      return NO_READER;
    }
    const server = this.#server;
    const { highWaterMark } = server;
    // Below TLS of the app it is TLS that answers the end of the client.
    const allowHalfOpen = server.allowHalfOpen || (!stream.head.encrypted && hearsSecure(server));
    const socket = new Connection(stream, { server, allowHalfOpen, highWaterMark, onClosed: () => this.#left() });
    const isFull = server.maxConnections != null && server._connections >= server.maxConnections;
    this.#tally.begin();
    this.#gate.enter();
    if (isFull) enterApp(this.#drop, this, socket);
    else if (isBlocked(server.blockList, socket.remoteAddress)) refuse(socket);
    else enterApp(this.#accept, this, socket);
    return socket.handler;
  }

  #accept(socket: Connection): void {
    const server = this.#server;
    if (server.pauseOnConnect) socket.pause();
    socket.accept();
    server.emit(socket.encrypted && hearsSecure(server) ? 'secureConnection' : 'connection', socket);
    if (socketAccepted.hasSubscribers) socketAccepted.publish({ socket });
  }

  #drop(socket: Connection): void {
    refuse(socket);
    const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } = socket;
    this.#server.emit('drop', { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily });
  }

  #left(): void {
    this.#gate.leave();
    this.#tally.end();
  }
}

/** What Node does with a connection that the server does not want: it is accepted and closed. */
function refuse(socket: Connection): void {
  socket.accept();
  socket.destroy();
}

function isBlocked(list: BlockList | undefined, address: string): boolean {
  const family = list ? isIP(address) : 0;
  return family !== 0 && list!.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Addresses of a TLSSocket over a connection: Node asks its handle for them, which has none here, unless it knows them already. */
function nameEnds(secured: Socket): void {
  const { _parent: raw } = secured as Socket & { readonly _parent: unknown };
  if (!(raw instanceof Connection)) return;
  const { remoteAddress, remotePort, remoteFamily } = raw;
  Object.assign(secured, { _peername: { address: remoteAddress, port: remotePort, family: remoteFamily }, _sockname: raw.address() });
}

/** A tls.Server, or something made of one; asking so does not load node:tls. */
const hearsSecure = (server: Server): boolean => 'setSecureContext' in server;
