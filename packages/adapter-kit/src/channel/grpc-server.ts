import { type ChannelServer, channelServerOptions } from '@baton/channel';
import { BatonError, endpointOf } from '@baton/core';
import { create, grpcDefinition, health } from '@baton/proto';
import { Server, ServerCredentials, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';

/** The adapter's gRPC port: the channels of all its pools, and gRPC health. */
export interface GrpcPort {
  readonly port: number;
  close(): void;
}

/** Opens the port; `isServing` answers health checks. Throws PORT_TAKEN. */
export async function openGrpcPort(host: string, port: number, channels: ChannelServer, isServing: () => boolean): Promise<GrpcPort> {
  const server = new Server(channelServerOptions);
  server.addService(channels.service.definition, channels.service.implementation);
  server.addService(grpcDefinition(health.Health), healthService(isServing));
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(endpointOf(host, port), ServerCredentials.createInsecure(), (error, actual) => {
      if (error) reject(BatonError.from(error, 'PORT_TAKEN', `the gRPC port ${host}:${port} cannot be opened`));
      else resolve(actual);
    });
  });
  // tryShutdown may never return (grpc-js #1458): the sessions are closed before, so nothing is lost by force.
  return { port: bound, close: () => server.forceShutdown() };
}

function healthService(isServing: () => boolean) {
  const answer = (): health.HealthCheckResponse =>
    create(health.HealthCheckResponseSchema, {
      status: isServing() ? health.HealthCheckResponse_ServingStatus.SERVING : health.HealthCheckResponse_ServingStatus.NOT_SERVING,
    });
  return {
    check: (
      _call: ServerUnaryCall<health.HealthCheckRequest, health.HealthCheckResponse>,
      callback: sendUnaryData<health.HealthCheckResponse>,
    ) => callback(null, answer()),
    watch: (call: ServerWritableStream<health.HealthCheckRequest, health.HealthCheckResponse>) => {
      let last = isServing();
      call.write(answer());
      const timer = setInterval(() => {
        if (isServing() === last) return;
        last = !last;
        call.write(answer());
      }, 1000);
      timer.unref();
      call.on('cancelled', () => clearInterval(timer));
    },
  };
}
