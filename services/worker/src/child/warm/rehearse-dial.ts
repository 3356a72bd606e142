import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
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
  const server = createServer();
  const answered = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', nothing);
      socket.once('data', () => resolve());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const blob = {
    v: 1,
    adapterId: '',
    channelId: 0,
    pool: '',
    protocol: 'http',
    endpoints: [],
    lanes: [`127.0.0.1:${port}`],
    secret: '',
  } as const;
  const session = connectChannel({ blob, token: '', events: EVENTS });
  await answered;
  session.close('the rehearsal is over');
  server.close();
}
