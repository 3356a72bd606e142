import type { Server } from 'node:net';
import { AppServer } from '../http/app-server.ts';
import type { Delivery } from '../http/exchange.ts';
import type { HttpServer } from '../http/node-internals.ts';
import { Http2AppServer } from '../http2/http2-app-server.ts';
import { serverKind } from '../listen/server-kind.ts';
import type { CountingServer } from '../service/server-gate.ts';
import type { ServerService } from '../service/service.ts';
import type { Tally } from '../service/tally.ts';
import { TcpServer } from '../tcp/tcp-server.ts';

/** What stands between the channel and a server that the app lets listen on a binding of `protocol`; `delivery` takes requests of HTTP/1.1 to it. */
export function serverService(protocol: 'http' | 'tcp', server: Server, tally: Tally, delivery?: Delivery): ServerService {
  if (protocol === 'tcp') return new TcpServer(server, tally);
  if (serverKind(server) === 'http2') return new Http2AppServer(server as CountingServer, tally);
  return new AppServer(server as HttpServer, tally, delivery);
}
