import { BatonError } from '@baton/core';
import { unwrapPacket } from '../codec/packet.ts';
import type { Link, LinkReceiver } from './link.ts';
import { MessageReader } from './message-reader.ts';
import { CONNECT_PATH, HTTP2_WINDOW_BYTES } from './service.ts';

/** An adapter that does not close an ended link within this time is not waited for, ms. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * The worker's end of a link: one gRPC call over node:http2.
 * grpc-js is not loaded here: its import costs 2.5 times that of node:http2, it copies each message twice more, and it cannot let go of a dead
 * connection (docs/adr/0002).
 */
export function dialHttp2(endpoint: string, receiver: LinkReceiver, maxMessageBytes = 2 * HTTP2_WINDOW_BYTES): Link {
  // Loaded when needed: with a lane most workers never are.
  const http2 = process.getBuiltinModule('node:http2');
  const session = http2.connect(`http://${endpoint}`, {
    settings: { initialWindowSize: HTTP2_WINDOW_BYTES, enablePush: false },
    // Node's default of 10 MB is below what a session may leave unacknowledged.
    maxSessionMemory: 256,
  });
  let isDone = false;
  const lose = (error: Error): void => {
    if (isDone) return;
    isDone = true;
    session.destroy();
    receiver.onLost(error);
  };
  session.on('error', lose);
  session.on('close', () => lose(new BatonError('CHANNEL_CLOSED', `the connection to ${endpoint} was closed`)));
  session.once('remoteSettings', () => session.setLocalWindowSize(HTTP2_WINDOW_BYTES));
  const stream = session.request({
    ':method': 'POST',
    ':path': CONNECT_PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const reader = new MessageReader(maxMessageBytes);
  const onPacket = (packet: Buffer): void => {
    if (!isDone) receiver.onBatch(unwrapPacket(packet));
  };
  stream.on('data', (chunk: Buffer) => {
    try {
      if (!isDone) reader.read(chunk, onPacket);
    } catch (error) {
      receiver.onBroken(BatonError.from(error));
    }
  });
  stream.on('error', lose);
  stream.on('end', () => lose(new BatonError('CHANNEL_CLOSED', `the adapter at ${endpoint} ended the call`)));
  stream.on('close', () => lose(new BatonError('CHANNEL_CLOSED', `the call to ${endpoint} was closed`)));
  return {
    send: (message) => {
      if (!isDone) stream.write(message);
    },
    destroy: () => {
      isDone = true;
      session.destroy();
    },
    end: () => {
      isDone = true;
      stream.end();
      session.close();
      setTimeout(() => session.destroy(), CLOSE_LIMIT_MS).unref();
    },
  };
}
