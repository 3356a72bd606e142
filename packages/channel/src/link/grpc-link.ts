import { BatonError } from '@baton/core';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { packetOf, unwrapPacket } from '../codec/packet.ts';
import { GrpcConnection } from './grpc-connection.ts';
import type { Link, LinkReceiver } from './link.ts';

/** The adapter's end of a link: a call that a grpc-js server took. */
export function grpcLink(call: ServerDuplexStream<Buffer, Buffer>, receiver: LinkReceiver): Link {
  const connection = new GrpcConnection(call);
  let isOver = false;
  const lose = (error: Error): void => {
    if (isOver) return;
    isOver = true;
    call.end();
    connection.destroyLater();
    receiver.onLost(error);
  };
  call.on('data', (packet: Buffer) => {
    if (isOver) return;
    let batch: Buffer;
    try {
      batch = unwrapPacket(packet);
    } catch (error) {
      receiver.onBroken(BatonError.from(error));
      return;
    }
    receiver.onBatch(batch);
  });
  call.on('error', lose);
  call.on('cancelled', () => lose(new BatonError('CHANNEL_CLOSED', 'the connection of the worker was closed')));
  call.on('end', () => lose(new BatonError('CHANNEL_CLOSED', 'the worker ended the call')));
  return {
    remote: call.getPeer(),
    send: (message) => {
      if (!isOver) call.write(packetOf(message));
    },
    destroy: () => {
      isOver = true;
      connection.destroy();
    },
    end: () => {
      if (isOver) return;
      isOver = true;
      call.end();
      connection.destroyLater();
    },
  };
}
