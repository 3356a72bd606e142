import { until } from '@baton/core';
import { create, grpcDefinition, listener } from '@baton/proto';
import { Server, ServerCredentials, type ServerDuplexStream, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import type { Callback } from '../was/link.ts';

type Stream = ServerDuplexStream<listener.RegisterProtocolRequest, listener.RegisterProtocolResponse>;
type Upward = listener.RegisterProtocolRequest['message'];
type Case = NonNullable<Upward['case']>;
type Value<C extends Case> = Extract<Upward, { case: C }>['value'];

/** A leader that says what a test says, over a real socket, and keeps what it hears. */
export class ScriptedWas implements AsyncDisposable {
  readonly heard: Upward[] = [];
  readonly opens: listener.OpenListenerChannelInstanceRequest[] = [];
  /** Names of unary calls, in order. */
  readonly calls: string[] = [];
  readonly authorizations: string[] = [];
  epoch = 1;
  /** Sends the configuration when an adapter registers; false: says nothing. */
  answersRegister = true;
  /** Sends InitializationCompleted behind the configuration; false: when `complete` is called. */
  completes = true;
  /** Answers CloseAll with AllStopped. */
  answersCloseAll = true;
  /** Keys of worker identities, a JWK set. */
  jwks = '';
  readonly closeAlls: listener.CloseAllListenerChannelInstancesRequest[] = [];
  /** What is sent between Connected and InitializationCompleted. */
  configuration: Callback[] = [];
  /** gRPC status that Open fails with. */
  openStatus: number | undefined = undefined;
  private server = new Server();
  private stream: Stream | undefined = undefined;
  private boundPort = 0;

  static async start(port = 0): Promise<ScriptedWas> {
    const was = new ScriptedWas();
    await was.up(port);
    return was;
  }

  get address(): string {
    return `127.0.0.1:${this.boundPort}`;
  }

  /** Listens, on the same port again after `down`. */
  async up(port = this.boundPort): Promise<void> {
    this.server = new Server();
    this.server.addService(grpcDefinition(listener.ListenerAdapterService), {
      registerProtocol: (stream: Stream) => this.take(stream),
      openListenerChannelInstance: this.unary('open', listener.OpenListenerChannelInstanceResponseSchema, (request) => {
        if (this.openStatus === undefined) this.opens.push(request as listener.OpenListenerChannelInstanceRequest);
        return this.openStatus;
      }),
      closeAllListenerChannelInstances: this.unary('closeAll', listener.CloseAllListenerChannelInstancesResponseSchema, (request) => {
        const { poolId, channelId } = request as listener.CloseAllListenerChannelInstancesRequest;
        this.closeAlls.push(request as listener.CloseAllListenerChannelInstancesRequest);
        if (this.answersCloseAll) setImmediate(() => this.send(allStopped(poolId, channelId)));
        return undefined;
      }),
      unregisterProtocol: this.unary('unregister', listener.UnregisterProtocolResponseSchema, () => undefined),
      getVersion: this.unary('getVersion', listener.GetVersionResponseSchema, () => undefined),
    });
    this.boundPort = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  }

  /** Ends everything at once. */
  down(): void {
    this.stream = undefined;
    this.server.forceShutdown();
  }

  send(callback: Callback, epoch = this.epoch): void {
    this.stream?.write(create(listener.RegisterProtocolResponseSchema, { epoch, callback }));
  }

  /** AllStopped of a channel, where `answersCloseAll` is off. */
  allStopped(poolId: string, channelId: number): void {
    this.send(allStopped(poolId, channelId));
  }

  /** An InstanceGone of a worker of slot 1. */
  goneOf(poolId: string, workerId: string): listener.InstanceGone {
    return create(listener.InstanceGoneSchema, { poolId, slot: `${poolId}/1`, workerId, cause: 'exit code 1', planned: false });
  }

  /** A Handover of slot 1 on the channel that was opened last for the pool. */
  handoverOf(poolId: string, fromWorkerId: string, toWorkerId: string, more: { onlyIfIdle?: boolean } = {}): listener.Handover {
    const channelId = this.opens.findLast((open) => open.poolId === poolId)?.channelId ?? 0;
    const facts = { recycleId: 'r1', poolId, channelId, slot: `${poolId}/1`, fromWorkerId, toWorkerId, ...more };
    return create(listener.HandoverSchema, facts);
  }

  /** Resolves when the adapter has obeyed all that was sent: an IdentityChanged about nobody is awaited. */
  async settled(): Promise<void> {
    const number = 1_000_000 + this.heard.length;
    this.send(identityChanged('nobody', 'nobody', number));
    await until(() => this.all('acknowledgement').some((one) => one.number === number), 10_000, 'the acknowledgement', 2);
  }

  all<C extends Case>(name: C): Value<C>[] {
    return this.heard.filter((message) => message.case === name).map((message) => message.value as Value<C>);
  }

  /** Waits for the nth message of a kind. */
  async nth<C extends Case>(name: C, n = 1): Promise<Value<C>> {
    await until(() => this.all(name).length >= n, 5_000, `message ${n} of kind ${name}`, 2);
    return this.all(name)[n - 1]!;
  }

  async nthOpen(n = 1): Promise<listener.OpenListenerChannelInstanceRequest> {
    await until(() => this.opens.length >= n, 5_000, `Open ${n}`, 2);
    return this.opens[n - 1]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.down();
  }

  private take(stream: Stream): void {
    this.authorizations.push(String(stream.metadata.get('authorization')[0]));
    this.stream = stream;
    stream.on('error', () => {});
    stream.on('end', () => stream.end());
    stream.on('data', ({ message }: listener.RegisterProtocolRequest) => {
      this.heard.push(message);
      if (message.case === 'register' && this.answersRegister) this.configure();
    });
  }

  private configure(): void {
    const value = create(listener.ConfigManagerConnectedSchema, { clusterId: 'test', workerKeyJwk: '{}', workerKeysJwks: this.jwks });
    this.send({ case: 'configManagerConnected', value });
    for (const callback of this.configuration) this.send(callback);
    if (this.completes) this.complete();
  }

  /** Says that the initial configuration was sent. */
  complete(): void {
    this.send({ case: 'configManagerInitializationCompleted', value: create(listener.ConfigManagerInitializationCompletedSchema) });
  }

  private unary(name: string, schema: Parameters<typeof create>[0], take: (request: unknown) => number | undefined) {
    return (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
      this.calls.push(name);
      const code = take(call.request);
      if (code === undefined) answer(null, create(schema));
      else answer({ code, details: status[code] ?? 'refused' });
    };
  }
}

// ---- callbacks -------------------------------------------------------------------------------------------------

export function poolCreated(
  poolId: string,
  more: { startMode?: string; enabled?: boolean; pingIntervalMs?: number; identity?: string } = {},
): Callback {
  const settings = create(listener.PoolSettingsSchema, {
    queueLength: 1000,
    startMode: more.startMode ?? 'onDemand',
    pingingEnabled: true,
    pingIntervalMs: more.pingIntervalMs ?? 30_000,
    pingResponseTimeMs: 100,
  });
  const facts = { poolId, identity: more.identity ?? poolId, settings, enabled: more.enabled ?? true };
  return { case: 'applicationPoolCreated', value: create(listener.ApplicationPoolCreatedSchema, facts) };
}

export function applicationCreated(appKey: string, poolId: string, bindings: string[]): Callback {
  const limits = create(listener.LimitsSchema, {
    queueTimeoutMs: 30_000,
    headersTimeoutMs: 60_000,
    idleTimeoutMs: 120_000,
    maxHeaderBytes: 16_384,
  });
  const facts = { appKey, poolId, bindings, limits, replaySafe: true };
  return { case: 'applicationCreated', value: create(listener.ApplicationCreatedSchema, facts) };
}

export function allStopped(poolId: string, channelId: number): Callback {
  const value = create(listener.ApplicationPoolAllListenerChannelInstancesStoppedSchema, { poolId, channelId });
  return { case: 'applicationPoolAllListenerChannelInstancesStopped', value };
}

export function poolDeleted(poolId: string): Callback {
  return { case: 'applicationPoolDeleted', value: create(listener.ApplicationPoolDeletedSchema, { poolId }) };
}

export function poolStateChanged(poolId: string, enabled: boolean, cause = ''): Callback {
  const value = create(listener.ApplicationPoolStateChangedSchema, { poolId, enabled, cause });
  return { case: 'applicationPoolStateChanged', value };
}

export function identityChanged(poolId: string, identity: string, number: number): Callback {
  const value = create(listener.ApplicationPoolIdentityChangedSchema, { poolId, identity, number });
  return { case: 'applicationPoolIdentityChanged', value };
}

export function applicationDeleted(appKey: string): Callback {
  return { case: 'applicationDeleted', value: create(listener.ApplicationDeletedSchema, { appKey }) };
}

export function bindingsChanged(appKey: string, bindings: string[]): Callback {
  return { case: 'applicationBindingsChanged', value: create(listener.ApplicationBindingsChangedSchema, { appKey, bindings }) };
}

export function appPoolChanged(appKey: string, poolId: string): Callback {
  return { case: 'applicationAppPoolChanged', value: create(listener.ApplicationAppPoolChangedSchema, { appKey, poolId }) };
}

export function requestsBlocked(appKey: string, blocked: boolean): Callback {
  const value = create(listener.ApplicationRequestsBlockedChangedSchema, { appKey, blocked });
  return { case: 'applicationRequestsBlockedChanged', value };
}

export function settingsOfListeners(onWasLost: 'serve' | 'stopListening'): Callback {
  return { case: 'listenerSettings', value: create(listener.ListenerSettingsSchema, { onWasLost }) };
}

export function canOpenNew(poolId: string, channelId: number, permission: number): Callback {
  const value = create(listener.ApplicationPoolCanOpenNewListenerChannelInstanceSchema, { poolId, channelId, permission });
  return { case: 'applicationPoolCanOpenNewListenerChannelInstance', value };
}

export function recycleReportReceived(recycleId: string, slot = 'shop/1', channelId = 1): Callback {
  return { case: 'recycleReportReceived', value: create(listener.RecycleReportReceivedSchema, { recycleId, channelId, slot }) };
}

export function handover(facts: Partial<Omit<listener.Handover, '$typeName' | '$unknown'>>): Callback {
  const all = { recycleId: 'r1', poolId: 'shop', channelId: 1, slot: 'shop/1', fromWorkerId: 'w1', toWorkerId: 'w2', ...facts };
  return { case: 'handover', value: create(listener.HandoverSchema, all) };
}

export function instanceGone(workerId: string, slot = 'shop/1', poolId = 'shop'): Callback {
  const value = create(listener.InstanceGoneSchema, { poolId, slot, workerId, cause: 'SHUTDOWN_TIMEOUT', planned: false });
  return { case: 'instanceGone', value };
}
