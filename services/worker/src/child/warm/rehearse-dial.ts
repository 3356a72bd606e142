import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connectChannel, type WorkerSessionEvents } from '@baton/channel';

const nothing = (): void => {};
const EVENTS: WorkerSessionEvents = {
  onRequest: () => ({ onData: nothing, onEnd: nothing, onReset: nothing, onCredit: nothing }),
  onConnected: nothing,
  onDrain: nothing,
  onResume: nothing,
  onSuspended: nothing,
  onSettled: nothing,
  onClosed: nothing,
};

/** Dials a port of this process that takes the hello and says nothing. */
export async function rehearseDial(): Promise<void> {
  const http2 = process.getBuiltinModule('node:http2');
  const server = http2.createServer();
  const answered = new Promise<void>((resolve) => {
    server.on('stream', (stream) => {
      stream.on('error', nothing);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.once('data', () => resolve());
    });
  });
  server.on('session', (session) => session.on('error', nothing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const blob = { v: 1, adapterId: '', channelId: 0, pool: '', protocol: 'http', endpoints: [`127.0.0.1:${port}`], secret: '' } as const;
  const session = connectChannel({ blob, token: '', events: EVENTS });
  await answered;
  session.close('the rehearsal is over');
  server.close();
}
