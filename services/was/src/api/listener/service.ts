import { BatonError } from '@baton/core';
import { create, grpcDefinition, listener } from '@baton/proto';
import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Callback } from '../../links.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { takeRecycleReport } from '../../recycle/reports.ts';
import { refuseStranger } from '../auth.ts';
import { callError } from '../errors.ts';
import { unaryFor } from '../unary.ts';
import { loseAdapter, takeRegister } from './attach.ts';
import { takeCloseAll, takeUnregister } from './close.ts';
import { takeOpen } from './open.ts';
import { takeHandoverAnswer, takeLoadReport, takeUnhealthy } from './take.ts';

type Stream = ServerDuplexStream<listener.RegisterProtocolRequest, listener.RegisterProtocolResponse>;

export interface ListenerServiceOptions {
  readonly engine: Engine;
  readonly secret: string;
  /** Public half of the key that signs worker identities, JWK as JSON. */
  readonly publicJwk: string;
  /** Somebody has seen this epoch: the leader goes above it, or learns that it was replaced. */
  readonly meetEpoch: (epoch: number, isMet: boolean) => Promise<void>;
}

const VERSION = { major: 1, minor: 0 };
const PROTOCOLS = ['http'];

/** The listener adapter API. */
export function createListenerService(options: ListenerServiceOptions): {
  definition: ServiceDefinition;
  implementation: UntypedServiceImplementation;
} {
  const { engine, secret } = options;
  const unary = unaryFor(secret);
  return {
    definition: grpcDefinition(listener.ListenerAdapterService),
    implementation: {
      registerProtocol: (stream: Stream) => registerProtocol(options, stream),
      openListenerChannelInstance: unary(async (request: listener.OpenListenerChannelInstanceRequest) =>
        create(listener.OpenListenerChannelInstanceResponseSchema, await takeOpen(engine, request)),
      ),
      closeAllListenerChannelInstances: unary((request: listener.CloseAllListenerChannelInstancesRequest) => {
        takeCloseAll(engine, request);
        return create(listener.CloseAllListenerChannelInstancesResponseSchema);
      }),
      unregisterProtocol: unary((request: listener.UnregisterProtocolRequest) => {
        takeUnregister(engine, request);
        return create(listener.UnregisterProtocolResponseSchema);
      }),
      getVersion: unary(() => create(listener.GetVersionResponseSchema, VERSION)),
    },
  };
}

/** One stream of one adapter: the first message registers it, the rest are answers and reports; callbacks go down. */
function registerProtocol({ engine, secret, publicJwk, meetEpoch }: ListenerServiceOptions, stream: Stream): void {
  const stranger = refuseStranger(stream.metadata, secret);
  if (stranger) return void stream.emit('error', stranger);
  let adapterId = '';
  let isOver = false;
  const link = {
    send: (callback: Callback) => {
      if (!isOver) stream.write(create(listener.RegisterProtocolResponseSchema, { epoch: engine.epoch(), callback }));
    },
    end: (reason: string) => over(reason),
  };

  function over(reason: string, error?: unknown): void {
    if (isOver) return;
    isOver = true;
    if (engine.adapters.isOpen(adapterId, link)) {
      engine.adapters.remove(adapterId);
      loseAdapter(engine, adapterId, reason);
    }
    if (error) stream.emit('error', callError(error));
    else stream.end();
  }

  async function register(message: listener.Register): Promise<void> {
    if (adapterId !== '') throw new BatonError('ALREADY_REGISTERED', `adapter ${adapterId} has registered on this stream`);
    if (message.adapterId === '' || !PROTOCOLS.includes(message.protocolId)) {
      const got = `adapter "${message.adapterId}", protocol "${message.protocolId}"`;
      throw new BatonError('INVALID_ARGUMENT', `expected an adapter id and one of the protocols ${PROTOCOLS.join(', ')}, got ${got}`);
    }
    checkFree(message.adapterId, message.protocolId);
    await meetEpoch(message.highestEpoch, engine.cluster.adapters.get(message.adapterId)?.hasRegistered ?? false);
    if (isOver) return;
    checkFree(message.adapterId, message.protocolId);
    adapterId = message.adapterId;
    engine.adapters.add(adapterId, link);
    takeRegister(engine, message, publicJwk);
  }

  function checkFree(id: string, protocol: string): void {
    if (engine.adapters.has(id)) throw new BatonError('ALREADY_REGISTERED', `adapter ${id} has registered protocol ${protocol} already`);
  }

  /** Messages in the order in which they came: those behind a registration wait for it. */
  let turn: Promise<void> = Promise.resolve();
  let waiting = 0;
  stream.on('data', (request: listener.RegisterProtocolRequest) => {
    if (waiting === 0 && adapterId !== '' && request.message.case !== 'register') return take(request.message);
    waiting++;
    turn = turn
      .then(() => (request.message.case === 'register' ? register(request.message.value) : take(request.message)))
      .catch((error: unknown) => over('it was refused', error))
      .finally(() => waiting--);
  });
  stream.on('end', () => over('the adapter closed it'));
  stream.on('close', () => over('it closed'));
  stream.on('error', (error) => over(error.message));

  function take(message: listener.RegisterProtocolRequest['message']): void {
    if (isOver) return;
    if (adapterId === '') over('it was refused', new BatonError('NOT_REGISTERED', 'the first message of an adapter is Register'));
    else if (message.case === 'handoverAnswer') takeHandoverAnswer(engine, adapterId, message.value);
    else if (message.case === 'loadReport') takeLoadReport(engine, adapterId, message.value);
    else if (message.case === 'recycleReport') takeRecycleReport(engine, adapterId, message.value);
    else if (message.case === 'instanceUnhealthy') takeUnhealthy(engine, message.value);
  }
}
