import { admin, create, grpcDefinition } from '@baton/proto';
import type { ServerWritableStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { refuseStranger } from '../auth.ts';
import { callError } from '../errors.ts';
import { unaryFor } from '../unary.ts';
import type { AdminAnswers } from './answers.ts';

/** AdminService over gRPC: the answers of the HTTP API, the token as "authorization: Bearer …" metadata. */
export function createAdminService(
  answers: AdminAnswers,
  token: string,
): { definition: ServiceDefinition; implementation: UntypedServiceImplementation } {
  const unary = unaryFor(token);
  return {
    definition: grpcDefinition(admin.AdminService),
    implementation: {
      getStatus: unary(() => answers.getStatus()),
      listPools: unary(({ pool }: admin.ListPoolsRequest) =>
        pool === '' ? answers.listPools() : create(admin.ListPoolsResponseSchema, { pools: [answers.getPool(pool)] }),
      ),
      startPool: unary(({ pool }: admin.StartPoolRequest) => answers.startPool(pool)),
      stopPool: unary(({ pool }: admin.StopPoolRequest) => answers.stopPool(pool)),
      recyclePool: unary((request: admin.RecyclePoolRequest) => answers.recyclePool(request)),
      listRecycles: unary(({ pool, limit }: admin.ListRecyclesRequest) => answers.listRecycles(pool, limit)),
      getRecycle: unary(({ id, waitMs }: admin.GetRecycleRequest) => answers.getRecycle(id, waitMs)),
      listApps: unary(() => answers.listApps()),
      listWorkers: unary(({ pool }: admin.ListWorkersRequest) => answers.listWorkers(pool)),
      listHosts: unary(() => answers.listHosts()),
      listChannels: unary(() => answers.listChannels()),
      listEvents: unary(({ pool, limit }: admin.ListEventsRequest) => answers.listEvents(pool, limit)),
      followEvents: (call: ServerWritableStream<admin.FollowEventsRequest, admin.FollowEventsResponse>) => follow(answers, token, call),
      applyConfig: unary((request: admin.ApplyConfigRequest) => answers.applyConfig(request)),
      listKeys: unary(() => answers.listKeys()),
      rotateKeys: unary(() => answers.rotateKeys()),
      getConfig: unary(() => answers.getConfig()),
    },
  };
}

function follow(
  answers: AdminAnswers,
  token: string,
  call: ServerWritableStream<admin.FollowEventsRequest, admin.FollowEventsResponse>,
): void {
  const stranger = refuseStranger(call.metadata, token);
  if (stranger) return void call.emit('error', stranger);
  try {
    const end = answers.followEvents(call.request.pool, (event) => call.write(create(admin.FollowEventsResponseSchema, { event })));
    call.once('close', end);
    call.once('cancelled', end);
  } catch (error) {
    call.emit('error', callError(error));
  }
}
