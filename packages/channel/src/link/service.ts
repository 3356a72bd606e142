import type { MethodDefinition } from '@grpc/grpc-js';

/** Path of the one method, as proto/baton/channel/v1/channel.proto names it. */
export const CONNECT_PATH = '/baton.channel.v1.ChannelService/Connect';

const keep = (packet: Buffer): Buffer => packet;

/** baton.channel.v1.ChannelService for grpc-js. Packets pass as bytes; codec/packet.ts reads and writes the message around them. */
export const channelServiceDefinition: { readonly connect: MethodDefinition<Buffer, Buffer> } = {
  connect: {
    path: CONNECT_PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: keep,
    requestDeserialize: keep,
    responseSerialize: keep,
    responseDeserialize: keep,
    originalName: 'connect',
  },
};

/**
 * Options for the grpc-js server that carries channels.
 *
 * - No limit of gRPC's own on messages: the channel has its own, and says so by name.
 * - No keepalive from the server: a worker whose app blocks the event loop for seconds is alive; the worker watches the link.
 */
export const channelServerOptions = {
  'grpc.max_receive_message_length': 16 * 1_048_576,
  'grpc.max_send_message_length': -1,
} as const;

/** HTTP/2 window of a stream and of a connection, bytes: far above what a session leaves unacknowledged, so that it never decides. */
export const HTTP2_WINDOW_BYTES = 16 * 1_048_576;
