import { BatonError } from '@baton/core';
import { control, create, grpcDefinition } from '@baton/proto';
import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Host } from '../../cluster/host.ts';
import type { HostAnswer } from '../../links.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { refuseStranger } from '../auth.ts';
import { callError } from '../errors.ts';
import { takeWorkerReport } from './missing-entry.ts';
import { takeHeartbeat, takeRefusal, takeRegistered, takeWish } from './take.ts';

type Stream = ServerDuplexStream<control.AttachRequest, control.AttachResponse>;

export interface ControlServiceOptions {
  readonly engine: Engine;
  readonly secret: string;
  /** Somebody has seen this epoch: the leader goes above it, or learns that it was replaced. */
  readonly meetEpoch: (epoch: number, isMet: boolean) => Promise<void>;
}

/** The service that worker hosts attach to. */
export function createControlService(options: ControlServiceOptions): {
  definition: ServiceDefinition;
  implementation: UntypedServiceImplementation;
} {
  return {
    definition: grpcDefinition(control.HostControlService),
    implementation: { attach: (stream: Stream) => attach(options, stream) },
  };
}

/** One stream of one host: the first message registers it, the rest are events; heartbeats are acknowledged. */
function attach({ engine, secret, meetEpoch }: ControlServiceOptions, stream: Stream): void {
  const stranger = refuseStranger(stream.metadata, secret);
  if (stranger) return void stream.emit('error', stranger);
  let host: Host | undefined;
  let isOver = false;
  const send = (answer: HostAnswer) => {
    if (!isOver) stream.write(create(control.AttachResponseSchema, { epoch: engine.epoch(), answer }));
  };
  const link = { send, end: (reason: string) => over(reason) };

  function over(reason: string, error?: unknown): void {
    if (isOver) return;
    isOver = true;
    if (host && engine.hosts.isOpen(host.id, link)) {
      engine.hosts.remove(host.id);
      host.isConnected = false;
      engine.log.info({ host: host.id, reason }, `the stream of host ${host.id} ended: ${reason}`);
    }
    if (error) stream.emit('error', callError(error));
    else stream.end();
  }

  async function register(registered: control.Registered): Promise<void> {
    if (registered.hostId === '') throw new BatonError('INVALID_ARGUMENT', 'a host names itself; host_id is empty');
    await meetEpoch(registered.highestEpoch, engine.cluster.hosts.get(registered.hostId)?.hasReported ?? false);
    if (isOver) return;
    engine.hosts.end(registered.hostId, 'the host registered anew');
    host = takeRegistered(engine, registered);
    engine.hosts.add(host.id, link);
    send({ case: 'attached', value: create(control.AttachedSchema) });
  }

  /** Events in the order in which they came: those behind a registration wait for it. */
  let turn: Promise<void> = Promise.resolve();
  let waiting = 0;
  stream.on('data', (request: control.AttachRequest) => {
    if (waiting === 0 && host) return take(request.event);
    waiting++;
    turn = turn
      .then(() => (request.event.case === 'registered' ? register(request.event.value) : take(request.event)))
      .catch((error: unknown) => over('it was refused', error))
      .finally(() => waiting--);
  });
  stream.on('end', () => over('the host closed it'));
  stream.on('close', () => over('it closed'));
  stream.on('error', (error) => over(error.message));

  function take(event: control.AttachRequest['event']): void {
    if (isOver) return;
    if (!host) {
      over('it was refused', new BatonError('INVALID_ARGUMENT', 'the first message of a host is Registered'));
      return;
    }
    host.heardAtMs = engine.time.now();
    if (event.case === 'heartbeat') {
      takeHeartbeat(engine, host, event.value);
      send({ case: 'heartbeatAck', value: create(control.HeartbeatAckSchema, { number: event.value.number }) });
    } else if (event.case === 'worker') takeWorkerReport(engine, host.id, event.value);
    else if (event.case === 'wish') takeWish(engine, host.id, event.value);
    else if (event.case === 'orderRefused') {
      const epoch = takeRefusal(engine, host, event.value);
      if (epoch > 0) void meetEpoch(epoch, true).catch((error: unknown) => over('stale', error));
    }
  }
}
