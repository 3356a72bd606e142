/** Generated messages of the four contracts, one namespace each, and the bridge from generated services to grpc-js. */
export { create, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
export { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
export * as admin from './gen/baton/admin/v1/admin_pb.ts';
export * as channel from './gen/baton/channel/v1/channel_pb.ts';
export * as control from './gen/baton/control/v1/control_pb.ts';
export * as listener from './gen/baton/listener/v1/listener_pb.ts';
export * as rpc from './gen/google/rpc/status_pb.ts';
export * as health from './gen/grpc/health/v1/health_pb.ts';
export { grpcDefinition } from './grpc.ts';
