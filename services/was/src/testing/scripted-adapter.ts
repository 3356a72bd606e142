import { until } from '@baton/core';
import { create, grpcDefinition, listener } from '@baton/proto';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { Callback } from '../links.ts';
import { Caller } from './callers.ts';

const METHODS = grpcDefinition(listener.ListenerAdapterService);

type Stream = ClientDuplexStream<listener.RegisterProtocolRequest, listener.RegisterProtocolResponse>;
export type Case = NonNullable<Callback['case']>;
type Value<C extends Case> = Extract<Callback, { case: C }>['value'];

/** How a scripted adapter answers a Handover; undefined: not at all. */
export type HandoverScript = (handover: listener.Handover) => 'done' | 'busy' | 'notReady' | undefined;

/** An adapter that does what a test says: it speaks the real protocol over a socket and keeps what it hears. */
export class ScriptedAdapter {
  readonly id: string;
  readonly protocol: string;
  /** Closes its channels of a pool when the last application of it is gone or has moved, as an adapter without work does. */
  isClosing = true;
  /** Acknowledges what is awaited as soon as it is heard. */
  isAcknowledging = true;
  /** Every callback, in order. */
  readonly heard: { readonly epoch: number; readonly callback: Callback }[] = [];
  /** Handovers this adapter obeys; an obeyed one moves `eligible`. */
  answer: HandoverScript = () => 'done';
  /** By slot, as the adapter would report it. */
  readonly eligible = new Map<string, { workerId: string; generation: number }>();
  /** Workers of a slot that it reports beside the eligible one. */
  knownIn: (slot: string) => readonly string[] = () => [];
  /** By slot: the last Handover that was done. */
  readonly lastHandover = new Map<string, { recycleId: string; inFlight: number; from: string; to: string }>();
  /** What a Handover finds in flight on its old worker. */
  inFlightOn: (workerId: string) => number = () => 0;
  readonly channels = new Map<string, number>();
  highestEpoch = 0;
  error: ServiceError | undefined;
  readonly #connect: () => Caller;
  #caller: Caller;
  #stream: Stream | undefined;

  constructor(address: string, secret: string, id: string, protocol = 'http') {
    this.id = id;
    this.protocol = protocol;
    this.#connect = () => new Caller(address, secret);
    this.#caller = this.#connect();
  }

  /** Registers and waits for InitializationCompleted. */
  async register(): Promise<this> {
    const before = this.count('configManagerInitializationCompleted');
    this.start();
    await until(() => this.count('configManagerInitializationCompleted') > before, 10_000, `the registration of ${this.id}`);
    return this;
  }

  /** Opens the stream and sends Register. */
  start(protocolId = this.protocol): void {
    this.openStream();
    this.#sendRegister(protocolId);
  }

  openStream(): void {
    // A connection of its own for each attempt: grpc-js waits longer and longer before it dials a server again that went away.
    this.#caller.close();
    this.#caller = this.#connect();
    const stream: Stream = this.#caller.stream(METHODS.registerProtocol!);
    this.#stream = stream;
    stream.on('data', (response: listener.RegisterProtocolResponse) => this.#hear(stream, response));
    stream.on('error', (error: ServiceError) => {
      this.error = error;
    });
  }

  #sendRegister(protocolId: string): void {
    const channels = [...this.channels].map(([poolId, channelId]) =>
      create(listener.ChannelReportSchema, {
        poolId,
        channelId,
        blob: blobOf(this.id, channelId),
        slots: [...new Set([...this.eligible.keys(), ...this.lastHandover.keys()])]
          .filter((slot) => slot.startsWith(`${poolId}/`))
          .map((slot) => this.#slotReport(slot)),
      }),
    );
    const value = create(listener.RegisterSchema, {
      adapterId: this.id,
      protocolId,
      highestEpoch: this.highestEpoch,
      channels,
      pid: process.pid,
    });
    this.#send({ case: 'register', value });
  }

  #slotReport(slot: string): listener.SlotReport {
    const { workerId = '', generation = 0 } = this.eligible.get(slot) ?? {};
    const last = this.lastHandover.get(slot);
    return create(listener.SlotReportSchema, {
      slot,
      eligibleWorkerId: workerId,
      eligibleGeneration: generation,
      highestGeneration: generation,
      lastRecycleId: last?.recycleId ?? '',
      lastInFlight: last?.inFlight ?? 0,
      workerIds: [...this.knownIn(slot), workerId].filter((id) => id !== ''),
    });
  }

  /** Opens the channel of a pool; 0 is the permission of the first time. */
  open(
    poolId: string,
    permission = 0,
    more: Partial<{ channelId: number; blob: Uint8Array; protocolId: string; blobByteCount: number }> = {},
  ) {
    const channelId = more.channelId ?? this.channels.get(poolId) ?? this.channels.size + 1;
    this.channels.set(poolId, channelId);
    const request = create(listener.OpenListenerChannelInstanceRequestSchema, {
      adapterId: this.id,
      protocolId: more.protocolId ?? this.protocol,
      poolId,
      channelId,
      blob: more.blob ?? blobOf(this.id, channelId),
      permission,
      blobByteCount: more.blobByteCount ?? 0,
    });
    return this.#caller.unary<typeof request, listener.OpenListenerChannelInstanceResponse>(METHODS.openListenerChannelInstance!, request);
  }

  async closeAll(poolId: string, channelId = this.channels.get(poolId) ?? 0): Promise<void> {
    const facts = { adapterId: this.id, protocolId: this.protocol, poolId, channelId };
    await this.#caller.unary(
      METHODS.closeAllListenerChannelInstances!,
      create(listener.CloseAllListenerChannelInstancesRequestSchema, facts),
    );
    if (this.channels.get(poolId) === channelId) this.channels.delete(poolId);
  }

  unregister(): Promise<unknown> {
    const facts = { adapterId: this.id, protocolId: this.protocol };
    return this.#caller.unary(METHODS.unregisterProtocol!, create(listener.UnregisterProtocolRequestSchema, facts));
  }

  /** A call whose arguments a test spells out; what it leaves out is as a right call has it. */
  call(name: 'open' | 'closeAll' | 'unregister', facts: Partial<Omit<listener.OpenListenerChannelInstanceRequest, '$typeName'>> = {}) {
    const { channelId = 1, blob = blobOf(this.id, channelId), ...rest } = facts;
    const all = { adapterId: this.id, protocolId: this.protocol, poolId: 'shop', channelId, ...rest };
    if (name === 'unregister')
      return this.#caller.unary(METHODS.unregisterProtocol!, create(listener.UnregisterProtocolRequestSchema, all));
    const method = name === 'open' ? METHODS.openListenerChannelInstance! : METHODS.closeAllListenerChannelInstances!;
    if (name === 'open') return this.#caller.unary(method, create(listener.OpenListenerChannelInstanceRequestSchema, { ...all, blob }));
    return this.#caller.unary(method, create(listener.CloseAllListenerChannelInstancesRequestSchema, all));
  }

  /** Sends one more Register, on the stream that is open or on a new one. */
  registerWith(facts: Partial<Omit<listener.Register, '$typeName'>>, isNewStream = true): void {
    if (isNewStream) this.openStream();
    const value = create(listener.RegisterSchema, { adapterId: this.id, protocolId: this.protocol, ...facts });
    this.#send({ case: 'register', value });
  }

  getVersion(): Promise<listener.GetVersionResponse> {
    return this.#caller.unary(METHODS.getVersion!, create(listener.GetVersionRequestSchema));
  }

  load(poolId: string, parked: number, inFlight: number): void {
    const pool = create(listener.PoolLoadSchema, { poolId, channelId: this.channels.get(poolId) ?? 0, parked, inFlight });
    this.#send({ case: 'loadReport', value: create(listener.LoadReportSchema, { pools: [pool] }) });
  }

  acknowledge(number: number): void {
    this.#send({ case: 'acknowledgement', value: create(listener.AcknowledgementSchema, { number }) });
  }

  unhealthy(poolId: string, workerId: string): void {
    const facts = { poolId, channelId: this.channels.get(poolId) ?? 0, workerId, reason: 'no pong' };
    this.#send({ case: 'instanceUnhealthy', value: create(listener.InstanceUnhealthySchema, facts) });
  }

  /** Answers one Handover by hand. */
  reply(handover: listener.Handover, kind: 'done' | 'busy' | 'notReady'): void {
    let inFlight = 0;
    if (kind === 'done') {
      inFlight = this.#numberOf(handover);
      if (handover.toWorkerId === '') this.eligible.delete(handover.slot);
      else this.eligible.set(handover.slot, { workerId: handover.toWorkerId, generation: 0 });
    }
    const answer =
      kind === 'done'
        ? ({ case: 'done', value: create(listener.HandoverDoneSchema, { inFlight }) } as const)
        : kind === 'busy'
          ? ({ case: 'busy', value: create(listener.HandoverBusySchema, { inFlight: 1 }) } as const)
          : ({ case: 'notReady', value: create(listener.HandoverNotReadySchema) } as const);
    const { recycleId, poolId, channelId } = handover;
    this.#send({ case: 'handoverAnswer', value: create(listener.HandoverAnswerSchema, { recycleId, poolId, channelId, answer }) });
  }

  /** A repeated Handover is answered with the number of the first time; a roll-back keeps that number too. */
  #numberOf({ slot, recycleId, fromWorkerId: from, toWorkerId: to }: listener.Handover): number {
    const last = this.lastHandover.get(slot);
    const isSame = last?.recycleId === recycleId;
    const inFlight = isSame ? last.inFlight : this.inFlightOn(from);
    this.lastHandover.set(slot, { recycleId, inFlight, from, to });
    return inFlight;
  }

  /** Tells what became of the requests of a Handover. */
  report(recycleId: string, slot: string, facts: Partial<Omit<listener.RecycleReport, '$typeName'>>): void {
    const poolId = slot.slice(0, slot.lastIndexOf('/'));
    const value = create(listener.RecycleReportSchema, { recycleId, poolId, slot, channelId: this.channels.get(poolId) ?? 0, ...facts });
    this.#send({ case: 'recycleReport', value });
  }

  /** Loses the stream to WAS, as a network does. */
  drop(): void {
    this.#stream?.cancel();
    this.#stream = undefined;
  }

  all<C extends Case>(name: C): Value<C>[] {
    return this.heard.filter(({ callback }) => callback.case === name).map(({ callback }) => callback.value as Value<C>);
  }

  /** Names of the callbacks heard from the given one on. */
  names(from = 0): Case[] {
    return this.heard.slice(from).flatMap(({ callback }) => (callback.case === undefined ? [] : [callback.case]));
  }

  count(name: Case): number {
    return this.all(name).length;
  }

  /** The first callback of that name that fits, once it has come. */
  async next<C extends Case>(name: C, fits: (value: Value<C>) => boolean = () => true, limitMs = 10_000): Promise<Value<C>> {
    const found = () => this.all(name).filter(fits).slice(0, 1);
    await until(() => found().length > 0, limitMs, `${name} at ${this.id}`);
    return found()[0]!;
  }

  close(): void {
    this.drop();
    this.#caller.close();
  }

  #hear(stream: Stream, { epoch, callback }: listener.RegisterProtocolResponse): void {
    if (stream !== this.#stream) return;
    this.highestEpoch = Math.max(this.highestEpoch, epoch);
    this.heard.push({ epoch, callback });
    this.#closeUnneeded(callback);
    if (callback.case === 'applicationPoolIdentityChanged' && this.isAcknowledging) this.acknowledge(callback.value.number);
    if (callback.case !== 'handover') return;
    const kind = this.answer(callback.value);
    if (kind) this.reply(callback.value, kind);
  }

  /** By application: its pool. */
  readonly #apps = new Map<string, string>();

  #closeUnneeded(callback: Callback): void {
    if (callback.case === 'applicationCreated') this.#apps.set(callback.value.appKey, callback.value.poolId);
    if (callback.case !== 'applicationDeleted' && callback.case !== 'applicationAppPoolChanged') return;
    const left = this.#apps.get(callback.value.appKey);
    if (callback.case === 'applicationDeleted') this.#apps.delete(callback.value.appKey);
    else this.#apps.set(callback.value.appKey, callback.value.poolId);
    if (!this.isClosing || left === undefined || [...this.#apps.values()].includes(left) || !this.channels.has(left)) return;
    this.closeAll(left).catch(() => {});
  }

  #send(message: listener.RegisterProtocolRequest['message']): void {
    this.#stream?.write(create(listener.RegisterProtocolRequestSchema, { message }));
  }
}

export function blobOf(adapterId: string, channelId: number): Uint8Array {
  return Buffer.from(JSON.stringify({ v: 1, adapterId, channelId }));
}
