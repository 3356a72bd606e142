import type { ChannelServer } from '@baton/channel';
import { endpointOf, listenHostFor } from '@baton/core';
import { openGrpcPort } from './grpc-server.ts';
import { openLanePort } from './lane-port.ts';

export interface WorkerPortsOptions {
  /** Host under which workers reach the ports. */
  readonly advertise: string;
  /** 0: a free one. */
  readonly grpcPort: number;
  /** 0: a free one; "off": no lanes. */
  readonly lanePort: number | 'off';
  readonly isServing: () => boolean;
}

/** What workers dial: the gRPC port, which always works, and the lanes beside it. */
export interface WorkerPorts {
  readonly grpc: number;
  readonly lane: number | undefined;
  /** As blobs name them. */
  readonly ways: { readonly endpoints: readonly string[]; readonly lanes?: readonly string[] };
  close(): void;
}

/** Opens both. Throws PORT_TAKEN; then none is open. */
export async function openWorkerPorts(channels: ChannelServer, options: WorkerPortsOptions): Promise<WorkerPorts> {
  const { advertise, lanePort } = options;
  const host = listenHostFor(advertise);
  const at = (port: number): readonly string[] => [endpointOf(advertise, port)];
  const grpc = await openGrpcPort(host, options.grpcPort, channels, options.isServing);
  if (lanePort === 'off') return { grpc: grpc.port, lane: undefined, ways: { endpoints: at(grpc.port) }, close: () => grpc.close() };
  const lane = await openLanePort(host, lanePort, channels).catch((error) => {
    grpc.close();
    throw error;
  });
  return {
    grpc: grpc.port,
    lane: lane.port,
    ways: { endpoints: at(grpc.port), lanes: at(lane.port) },
    close: () => {
      grpc.close();
      lane.close();
    },
  };
}
