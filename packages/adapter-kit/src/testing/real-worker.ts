import {
  connectChannel,
  createIdentityKeys,
  createProofKeys,
  KeySet,
  type RequestHandler,
  type ResponseStream,
  signIdentity,
  type WorkerIdentity,
  type WorkerSession,
} from '@baton/channel';
import { defer } from '@baton/core';
import type { WorkersSide } from './workers-side.ts';

/** Connects a worker of pool "shop" over a real link, with a signed identity; `onRequest` is its app. */
export async function connectWorker(
  adapter: WorkersSide,
  onRequest: (stream: ResponseStream) => RequestHandler,
  more: Partial<WorkerIdentity> = {},
): Promise<WorkerSession> {
  const [signing, proof] = [await createIdentityKeys(), createProofKeys()];
  adapter.setWorkerKeys(KeySet.of({ keys: [signing.publicJwk] }));
  const { channel } = adapter.pools.get('shop')!;
  const identity: WorkerIdentity = {
    workerId: 'w1',
    poolIdentity: 'shop',
    pool: 'shop',
    slot: 'shop/1',
    generation: 1,
    channels: [`${adapter.id}/${channel.id}`],
    role: 'activation',
    ...more,
  };
  const connected = defer<WorkerSession>();
  const nothing = (): void => {};
  connectChannel({
    blob: JSON.parse(channel.blob.toString()),
    token: await signIdentity(signing.privateJwk, identity, 60_000, { proofKey: proof.publicKey }),
    proofKey: proof.privateKey,
    events: {
      onRequest,
      onConnected: connected.resolve,
      onDrain: nothing,
      onResume: nothing,
      onSuspended: nothing,
      onSettled: nothing,
      onClosed: (_session, error) => connected.reject(error),
    },
  });
  return connected.promise;
}
