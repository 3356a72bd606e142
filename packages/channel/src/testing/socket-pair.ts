import net from 'node:net';
import { defer } from '@baton/core';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ChannelServer } from '../channel-server.ts';
import { connectChannel } from '../connect-channel.ts';
import { channelServerOptions } from '../link/service.ts';
import type { AdapterSession, AdapterSessionEvents, ChannelLimits, WorkerIdentity, WorkerSession, WorkerSessionEvents } from '../types.ts';
import { IDENTITY } from './raw-peer.ts';
import { TcpProxy } from './tcp-proxy.ts';

const nothing = (): void => {};

export interface SocketPairOptions {
  /** What carries the session. @default "grpc" */
  readonly over?: 'grpc' | 'lane';
  readonly adapter?: Partial<AdapterSessionEvents>;
  readonly worker: Partial<WorkerSessionEvents> & Pick<WorkerSessionEvents, 'onRequest'>;
  readonly limits?: Partial<ChannelLimits>;
  readonly verifyToken?: (token: string) => Promise<WorkerIdentity>;
}

/** Both ends of a session over real sockets: a grpc-js server or the port of a lane, a proxy before it, a worker that dials the proxy. */
export class SocketPair implements AsyncDisposable {
  readonly server: ChannelServer;
  readonly proxy: TcpProxy;
  readonly adapter: AdapterSession;
  readonly worker: WorkerSession;
  private readonly closePort: () => void;

  private constructor(server: ChannelServer, closePort: () => void, proxy: TcpProxy, adapter: AdapterSession, worker: WorkerSession) {
    this.server = server;
    this.closePort = closePort;
    this.proxy = proxy;
    this.adapter = adapter;
    this.worker = worker;
  }

  static async open(options: SocketPairOptions): Promise<SocketPair> {
    const connected = defer<AdapterSession>();
    const server = new ChannelServer({
      findChannel: () => ({ secret: 'secret', poolIdentity: 'shop', pool: 'shop' }),
      verifyToken: options.verifyToken ?? (() => Promise.resolve(IDENTITY)),
      allowsUnproven: true,
      limits: options.limits ?? {},
      events: {
        onLeaving: nothing,
        onSuspended: nothing,
        onResumed: nothing,
        onClosed: nothing,
        ...options.adapter,
        onConnected: connected.resolve,
      },
    });
    const { port, close } = await (options.over === 'lane' ? openLane : openGrpc)(server);
    const proxy = await TcpProxy.to(port);
    const ways = options.over === 'lane' ? { endpoints: [], lanes: [proxy.endpoint] } : { endpoints: [proxy.endpoint] };
    const worker = connectChannel({
      blob: { v: 1, adapterId: 'a1', channelId: 1, pool: 'shop', protocol: 'http', ...ways, secret: 'secret' },
      token: 'token',
      limits: options.limits ?? {},
      events: {
        onConnected: nothing,
        onDrain: nothing,
        onResume: nothing,
        onSuspended: nothing,
        onSettled: nothing,
        ...options.worker,
        onClosed: (session, error) => {
          connected.reject(error);
          options.worker.onClosed?.(session, error);
        },
      },
    });
    return new SocketPair(server, close, proxy, await connected.promise, worker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.worker.close('the test is over');
    this.server.close();
    await this.proxy[Symbol.asyncDispose]();
    this.closePort();
  }
}

export interface OpenPort {
  readonly port: number;
  readonly close: () => void;
}

export async function openGrpc(server: ChannelServer): Promise<OpenPort> {
  const grpc = new Server(channelServerOptions);
  grpc.addService(server.service.definition, server.service.implementation);
  const port = await new Promise<number>((resolve, reject) => {
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { port, close: () => grpc.forceShutdown() };
}

export async function openLane(server: ChannelServer): Promise<OpenPort> {
  const lane = net.createServer((socket) => server.acceptLane(socket));
  await new Promise<void>((resolve) => lane.listen(0, '127.0.0.1', resolve));
  return { port: (lane.address() as net.AddressInfo).port, close: () => lane.close() };
}
