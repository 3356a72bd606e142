import { BatonError } from '@baton/core';
import { create, grpcDefinition, listener } from '@baton/proto';
import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { newRegistration, type Registration, registrationKey } from '../../cluster/registration.ts';
import type { KeyRing } from '../../keys/key-ring.ts';
import type { Callback } from '../../links.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { takeRecycleReport } from '../../recycle/reports.ts';
import { refuseStranger } from '../auth.ts';
import { callError } from '../errors.ts';
import { unaryFor } from '../unary.ts';
import { takeAcknowledgement } from './acknowledge.ts';
import { checkChannels, loseRegistration, takeRegister } from './attach.ts';
import { takeCloseAll, takeUnregister } from './close.ts';
import { knownProtocols } from './of-config.ts';
import { takeOpen } from './open.ts';
import { takeHandoverAnswer, takeLoadReport, takeUnhealthy } from './take.ts';

type Stream = ServerDuplexStream<listener.RegisterProtocolRequest, listener.RegisterProtocolResponse>;

export interface ListenerServiceOptions {
  readonly engine: Engine;
  readonly secret: string;
  /** Keys that sign worker identities. */
  readonly keys: Pick<KeyRing, 'publicJwk'>;
  /** Somebody has seen this epoch: the leader goes above it, or learns that it was replaced. */
  readonly meetEpoch: (epoch: number, isMet: boolean) => Promise<void>;
}

/** 1.1: several protocols of one adapter, awaited IdentityChanged, the whole set of callbacks. */
const VERSION = { major: 1, minor: 1 };

/** The listener adapter API. */
export function createListenerService(options: ListenerServiceOptions): {
  definition: ServiceDefinition;
  implementation: UntypedServiceImplementation;
} {
  const { engine, secret } = options;
  const anyTime = unaryFor(secret);
  const unary = <Q, A>(answer: (request: Q) => A | Promise<A>) =>
    anyTime<Q, A>((request) => {
      checkLeads(engine);
      return answer(request);
    });
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
      getVersion: anyTime(() => create(listener.GetVersionResponseSchema, VERSION)),
    },
  };
}

/** One stream of one adapter: the first message registers it, the rest are answers and reports; callbacks go down. */
function registerProtocol({ engine, secret, keys, meetEpoch }: ListenerServiceOptions, stream: Stream): void {
  const stranger = refuseStranger(stream.metadata, secret);
  if (stranger) return void stream.emit('error', stranger);
  let registration: Registration | undefined;
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
    if (registration && engine.adapters.isOpen(registration.key, link)) {
      engine.adapters.remove(registration.key);
      loseRegistration(engine, registration.key, reason);
    }
    if (error) stream.emit('error', callError(error));
    else stream.end();
  }

  async function register(message: listener.Register): Promise<void> {
    const { adapterId, protocolId } = message;
    if (registration) throw new BatonError('ALREADY_REGISTERED', `adapter ${registration.adapterId} has registered on this stream`);
    checkLeads(engine);
    checkNames(engine, message);
    checkFree(engine, message);
    checkChannels(engine, message);
    const isMet = [...engine.cluster.registrations.values()].some((one) => one.adapterId === adapterId && one.hasRegistered);
    await meetEpoch(message.highestEpoch, isMet);
    if (isOver) return;
    checkFree(engine, message);
    const key = registrationKey(adapterId, protocolId);
    registration = engine.cluster.registrations.get(key) ?? newRegistration(adapterId, protocolId, engine.time.now());
    engine.cluster.registrations.set(key, registration);
    engine.adapters.add(key, link);
    takeRegister(engine, registration, message, keys.publicJwk);
  }

  /** Messages in the order in which they came: those behind a registration wait for it. */
  let turn: Promise<void> = Promise.resolve();
  let waiting = 0;
  stream.on('data', (request: listener.RegisterProtocolRequest) => {
    if (waiting === 0 && registration && request.message.case !== 'register') return take(request.message);
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
    if (!registration) over('it was refused', new BatonError('NOT_REGISTERED', 'the first message of an adapter is Register'));
    else if (message.case === 'handoverAnswer') takeHandoverAnswer(engine, registration.adapterId, message.value);
    else if (message.case === 'loadReport') takeLoadReport(engine, registration.adapterId, message.value);
    else if (message.case === 'recycleReport') takeRecycleReport(engine, registration, message.value);
    else if (message.case === 'acknowledgement') takeAcknowledgement(engine, registration, message.value);
    else if (message.case === 'instanceUnhealthy') takeUnhealthy(engine, message.value);
  }
}

/** A WAS that was replaced has not ended yet: the adapter finds the leader at its next try. */
function checkLeads({ isStopped }: Engine): void {
  if (isStopped) throw new BatonError('NOT_CONNECTED', 'this WAS does not lead the cluster any more');
}

function checkNames({ cluster }: Engine, { adapterId, protocolId }: listener.Register): void {
  const protocols = knownProtocols(cluster.config?.parsed);
  if (adapterId !== '' && protocols.includes(protocolId)) return;
  const got = `adapter "${adapterId}", protocol "${protocolId}"`;
  throw new BatonError('INVALID_ARGUMENT', `expected an adapter id and one of the protocols ${protocols.join(', ')}, got ${got}`);
}

function checkFree({ adapters }: Engine, { adapterId, protocolId }: listener.Register): void {
  if (!adapters.has(registrationKey(adapterId, protocolId))) return;
  throw new BatonError('ALREADY_REGISTERED', `adapter ${adapterId} has registered protocol ${protocolId} already`);
}
