import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { AdapterSession, RequestHead, RequestStream, ResponseHandler } from '@baton/channel';
import { until } from '@baton/core';

/** A listener whose connections are requests of a session; as small as it can be, for tests of the worker's end. */
export interface TcpBridge extends AsyncDisposable {
  readonly port: number;
  /** The causes of resets that were told for connections without a head: "CAUSE: text". */
  readonly refused: string[];
}

/** Opens one; `facts` are of each head. */
export async function openTcpBridge(session: AdapterSession, facts: Partial<RequestHead> = {}): Promise<TcpBridge> {
  const sockets = new Set<Socket>();
  const refused: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    relay(session, socket, facts, refused);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    refused,
    async [Symbol.asyncDispose]() {
      server.close();
      // what clients have ended is ended here too, before the rest is cut
      await until(() => sockets.size === 0, 500, 'no connection').catch(() => {});
      for (const socket of sockets) socket.destroy();
      if (server.listening || sockets.size > 0) await once(server, 'close');
    },
  };
}

function relay(session: AdapterSession, socket: Socket, facts: Partial<RequestHead>, refused: string[]): void {
  const { remoteAddress = '', remotePort = 0, localAddress = '' } = socket;
  const head: RequestHead = {
    protocol: 'tcp',
    appKey: 'shop',
    method: 'TCP',
    url: 'tcp://*:9000',
    httpVersion: '1.1',
    headers: [],
    localPort: 9000,
    encrypted: false,
    deadlineMs: 0,
    remoteAddress,
    remotePort,
    localAddress,
    ...facts,
  };
  let hasHead = false;
  let isOver = false;
  const handler: ResponseHandler & { onDiscard(): void } = {
    onInterim() {},
    onHead() {
      hasHead = true;
    },
    onData(chunk) {
      if (socket.write(chunk)) stream.consumed(chunk.length);
      else socket.once('drain', () => stream.consumed(chunk.length));
    },
    onEnd: () => void socket.end(),
    onReset(cause, text) {
      isOver = true;
      if (!hasHead) refused.push(`${cause}: ${text}`);
      if (cause === 'APP_ABORTED') socket.destroySoon();
      else socket.resetAndDestroy();
    },
    onDiscard() {
      isOver = true;
      socket.destroySoon();
    },
    onCredit: () => void socket.resume(),
  };
  const stream: RequestStream = session.open(head, false, handler);
  socket.on('data', (chunk) => {
    if (!stream.write(chunk)) socket.pause();
  });
  socket.on('end', () => stream.end());
  socket.on('error', () => {});
  socket.on('close', () => {
    if (!isOver) stream.reset('CLIENT_CLOSED');
  });
}
