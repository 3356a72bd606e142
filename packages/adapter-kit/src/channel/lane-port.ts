import net from 'node:net';
import type { ChannelServer } from '@baton/channel';
import { BatonError } from '@baton/core';

/** The port of the lanes: channels of all pools on plain TCP sockets. */
export interface LanePort {
  readonly port: number;
  close(): void;
}

/** Opens the port. Throws PORT_TAKEN. */
export async function openLanePort(host: string, port: number, channels: ChannelServer): Promise<LanePort> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    channels.acceptLane(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(BatonError.from(error, 'PORT_TAKEN', `the lane port ${host}:${port} cannot be opened`)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
