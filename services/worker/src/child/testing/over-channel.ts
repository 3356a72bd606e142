import net, { type Server, type Socket } from 'node:net';
import { createSessionPair } from '@baton/channel';
import { openTcpBridge } from '../../testing/tcp-bridge.ts';
import { Services } from '../service/services.ts';
import { Tally } from '../service/tally.ts';
import { TcpServer } from '../tcp/tcp-server.ts';

/** A server of the app that a client can reach. */
export interface Reached extends AsyncDisposable {
  readonly port: number;
  readonly service: TcpServer;
  readonly tally: Tally;
}

/** Lets clients reach `server` over a channel, as a worker process does. */
export async function overChannel(server: Server, facts = {}): Promise<Reached> {
  const tally = new Tally({ busy() {}, calm() {} });
  const services = new Services();
  services.open('shop');
  const service = new TcpServer(server, tally);
  services.set('shop', 'tcp', service);
  // what is open at the end of a test is reset
  server.on('connection', (socket) => socket.on('error', () => {}));
  // what BoundHandle is for the worker's capture of listen()
  (server as unknown as { _handle: unknown })._handle = { close: () => service.detach({ isHeld: false, serves: false }) };
  const pair = await createSessionPair({ worker: { onRequest: (stream) => services.handle(stream) }, protocol: 'tcp' });
  const bridge = await openTcpBridge(pair.adapter, facts);
  return {
    port: bridge.port,
    service,
    tally,
    async [Symbol.asyncDispose]() {
      await bridge[Symbol.asyncDispose]();
      pair.close();
    },
  };
}

/** A client; what it meets at the end of a test is no failure. */
export function dial({ port }: Reached): Socket {
  return net.connect(port, '127.0.0.1').on('error', () => {});
}
