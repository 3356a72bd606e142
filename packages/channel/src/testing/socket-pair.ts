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
  readonly adapter?: Partial<AdapterSessionEvents>;
  readonly worker: Partial<WorkerSessionEvents> & Pick<WorkerSessionEvents, 'onRequest'>;
  readonly limits?: Partial<ChannelLimits>;
  readonly verifyToken?: (token: string) => Promise<WorkerIdentity>;
}

/** Both ends of a session over real sockets: a grpc-js server, a proxy before it, a worker that dials the proxy. */
export class SocketPair implements AsyncDisposable {
  readonly server: ChannelServer;
  readonly proxy: TcpProxy;
  readonly adapter: AdapterSession;
  readonly worker: WorkerSession;
  private readonly grpc: Server;

  private constructor(server: ChannelServer, grpc: Server, proxy: TcpProxy, adapter: AdapterSession, worker: WorkerSession) {
    this.server = server;
    this.grpc = grpc;
    this.proxy = proxy;
    this.adapter = adapter;
    this.worker = worker;
  }

  static async open(options: SocketPairOptions): Promise<SocketPair> {
    const connected = defer<AdapterSession>();
    const server = new ChannelServer({
      findChannel: () => ({ secret: 'secret', poolIdentity: 'shop', pool: 'shop' }),
      verifyToken: options.verifyToken ?? (() => Promise.resolve(IDENTITY)),
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
    const grpc = new Server(channelServerOptions);
    grpc.addService(server.service.definition, server.service.implementation);
    const port = await new Promise<number>((resolve, reject) => {
      grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    const proxy = await TcpProxy.to(port);
    const worker = connectChannel({
      blob: { v: 1, adapterId: 'a1', channelId: 1, pool: 'shop', protocol: 'http', endpoints: [proxy.endpoint], secret: 'secret' },
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
    return new SocketPair(server, grpc, proxy, await connected.promise, worker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.worker.close('the test is over');
    this.server.close();
    await this.proxy[Symbol.asyncDispose]();
    this.grpc.forceShutdown();
  }
}
