import net from 'node:net';
import { BatonError, endpointOf } from '@baton/core';
import { unwrapPacket } from '../codec/packet.ts';
import type { Link, LinkReceiver } from './link.ts';
import { MessageReader } from './message-reader.ts';
import { HTTP2_WINDOW_BYTES } from './service.ts';

/** A peer that does not close an ended link within this time is cut, ms. */
const CLOSE_LIMIT_MS = 5_000;

/** Frames after which a batch is handed on before the turn ends: fewer cost more CPU, more let the peer wait (docs/adr/0005). */
const CUT_FRAMES = 32;

/** One end of a lane: the messages of a link on a plain TCP socket, written at once. */
export function laneLink(socket: net.Socket, receiver: LinkReceiver): Link {
  const reader = new MessageReader(2 * HTTP2_WINDOW_BYTES);
  // A socket that is gone names nobody any more.
  const remote = socket.remoteAddress && endpointOf(socket.remoteAddress, socket.remotePort ?? 0);
  let isOver = false;
  const end = (): void => {
    isOver = true;
    socket.end();
    setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS).unref();
  };
  const lose = (error: Error): void => {
    if (isOver) return;
    end();
    receiver.onLost(error);
  };
  const onPacket = (packet: Buffer): void => {
    if (!isOver) receiver.onBatch(unwrapPacket(packet));
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    if (isOver) return;
    try {
      reader.read(chunk, onPacket);
    } catch (error) {
      receiver.onBroken(BatonError.from(error));
    }
  });
  socket.on('error', lose);
  socket.on('end', () => lose(new BatonError('CHANNEL_CLOSED', 'the peer ended the connection')));
  socket.on('close', () => lose(new BatonError('CHANNEL_CLOSED', 'the connection was closed')));
  return {
    cutFrames: CUT_FRAMES,
    ...(remote !== undefined && { remote }),
    send: (message) => {
      if (!isOver) socket.write(message);
    },
    destroy: () => {
      isOver = true;
      socket.destroy();
    },
    end: () => {
      if (!isOver) end();
    },
  };
}

/** The worker's end of a lane. `endpoint`: "host:port", "[address]:port" for IPv6. */
export function dialLane(endpoint: string, receiver: LinkReceiver): Link {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return laneLink(net.connect({ host, port: Number(endpoint.slice(colon + 1)) }), receiver);
}
