import net from 'node:net';
import { BatonError, endpointOf } from '@baton/core';
import { unwrapPacket } from '../codec/packet.ts';
import { LaneReader } from './lane-reader.ts';
import type { Link, LinkReceiver } from './link.ts';
import { MessageReader } from './message-reader.ts';
import { HTTP2_WINDOW_BYTES } from './service.ts';

/** A peer that does not close an ended link within this time is cut, ms. */
const CLOSE_LIMIT_MS = 5_000;

/** Frames after which a batch is handed on before the turn ends: fewer cost more CPU, more let the peer wait (docs/adr/0005). */
const CUT_FRAMES = 32;

/** No message is larger, bytes. */
const MAX_MESSAGE_BYTES = 2 * HTTP2_WINDOW_BYTES;

/** One end of a lane: the messages of a link on a plain TCP socket, written at once. */
class Lane implements Link {
  readonly cutFrames = CUT_FRAMES;
  readonly remote?: string;
  /** Set where the socket reads into the same memory again and again. */
  readonly reusesMemory: boolean;
  private readonly socket: net.Socket;
  private readonly receiver: LinkReceiver;
  private isOver = false;

  constructor(socket: net.Socket, receiver: LinkReceiver, reusesMemory: boolean) {
    this.socket = socket;
    this.receiver = receiver;
    this.reusesMemory = reusesMemory;
    // A socket that is gone names nobody any more.
    if (socket.remoteAddress) this.remote = endpointOf(socket.remoteAddress, socket.remotePort ?? 0);
    socket.setNoDelay(true);
    socket.on('error', (error) => this.lose(error));
    socket.on('end', () => this.lose(new BatonError('CHANNEL_CLOSED', 'the peer ended the connection')));
    socket.on('close', () => this.lose(new BatonError('CHANNEL_CLOSED', 'the connection was closed')));
  }

  /** Bytes came: `read` gives `onPacket` the messages. */
  take<Bytes>(reader: { read(bytes: Bytes, onPacket: (packet: Buffer) => void): void }, bytes: Bytes): void {
    if (this.isOver) return;
    try {
      reader.read(bytes, this.onPacket);
    } catch (error) {
      this.receiver.onBroken(BatonError.from(error));
    }
  }

  send(message: Buffer): void {
    if (!this.isOver) this.socket.write(message);
  }

  destroy(): void {
    this.isOver = true;
    this.socket.destroy();
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.socket.end();
    setTimeout(() => this.socket.destroy(), CLOSE_LIMIT_MS).unref();
  }

  private readonly onPacket = (packet: Buffer): void => {
    if (!this.isOver) this.receiver.onBatch(unwrapPacket(packet));
  };

  private lose(error: Error): void {
    if (this.isOver) return;
    this.end();
    this.receiver.onLost(error);
  }
}

/** The adapter's end of a lane. */
export function laneLink(socket: net.Socket, receiver: LinkReceiver): Link {
  const reader = new MessageReader(MAX_MESSAGE_BYTES);
  const lane = new Lane(socket, receiver, false);
  socket.on('data', (chunk: Buffer) => lane.take(reader, chunk));
  return lane;
}

/** The worker's end of a lane. `endpoint`: "host:port", "[address]:port" for IPv6. */
export function dialLane(endpoint: string, receiver: LinkReceiver): Link {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const reader = new LaneReader(MAX_MESSAGE_BYTES);
  const callback = (bytes: number): boolean => {
    lane.take(reader, bytes);
    return true;
  };
  const onread = { buffer: () => reader.room, callback } as unknown as net.OnReadOpts;
  const lane = new Lane(net.connect({ host, port: Number(endpoint.slice(colon + 1)), onread }), receiver, true);
  return lane;
}
