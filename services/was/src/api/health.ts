import { create, grpcDefinition, health } from '@baton/proto';
import type { ServerUnaryCall, ServerWritableStream, ServiceDefinition, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';

const { HealthCheckResponseSchema, HealthCheckResponse_ServingStatus: ServingStatus } = health;

/** The standard health service: serving while this process leads. */
export function createHealthService(isServing: () => boolean): {
  definition: ServiceDefinition;
  implementation: UntypedServiceImplementation;
} {
  const answer = () => create(HealthCheckResponseSchema, { status: isServing() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING });
  return {
    definition: grpcDefinition(health.Health),
    implementation: {
      check: (
        _: ServerUnaryCall<health.HealthCheckRequest, health.HealthCheckResponse>,
        reply: sendUnaryData<health.HealthCheckResponse>,
      ) => reply(null, answer()),
      watch: (call: ServerWritableStream<health.HealthCheckRequest, health.HealthCheckResponse>) => {
        call.write(answer());
      },
    },
  };
}
