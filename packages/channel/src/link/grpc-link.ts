import { BatonError } from '@baton/core';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { packetOf, unwrapPacket } from '../codec/packet.ts';
import type { Link, LinkReceiver } from './link.ts';

/** The adapter's end of a link: a call that a grpc-js server took. */
export function grpcLink(call: ServerDuplexStream<Buffer, Buffer>, receiver: LinkReceiver): Link {
  let isDone = false;
  const lose = (error: Error): void => {
    if (isDone) return;
    isDone = true;
    call.end();
    receiver.onLost(error);
  };
  call.on('data', (packet: Buffer) => {
    if (isDone) return;
    try {
      receiver.onBatch(unwrapPacket(packet));
    } catch (error) {
      lose(BatonError.from(error));
    }
  });
  call.on('error', lose);
  call.on('cancelled', () => lose(new BatonError('CHANNEL_CLOSED', 'the connection of the worker was closed')));
  call.on('end', () => lose(new BatonError('CHANNEL_CLOSED', 'the worker ended the call')));
  return {
    send: (message) => {
      if (!isDone) call.write(packetOf(message));
    },
    destroy: () => {
      if (isDone) return;
      isDone = true;
      call.end();
    },
    end: () => {
      if (isDone) return;
      isDone = true;
      call.end();
    },
  };
}
