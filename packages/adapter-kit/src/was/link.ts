import { BatonError, backoffMs } from '@baton/core';
import { create, grpcDefinition, listener } from '@baton/proto';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';

type Upward = listener.RegisterProtocolRequest['message'];
export type Callback = listener.RegisterProtocolResponse['callback'];
type Call = ClientDuplexStream<listener.RegisterProtocolRequest, listener.RegisterProtocolResponse>;
type Unary = 'getVersion' | 'openListenerChannelInstance' | 'closeAllListenerChannelInstances' | 'unregisterProtocol';

export interface WasLinkOptions {
  /** WAS replicas as "host:port", tried in turn. */
  readonly addresses: readonly string[];
  /** Shared secret of the cluster's services. */
  readonly secret: string;
  /** What this adapter has, told at the beginning of each stream. */
  readonly register: (highestEpoch: number) => listener.Register;
  /** Each callback of the leader, in order. */
  readonly onCallback: (callback: Callback) => void;
  /** The stream is lost, or could not be made: once, until the next ConfigManagerConnected. */
  readonly onLost: (reason: string) => void;
  /** ConfigManagerConnected has to come within this time, ms; S_OK of Register says nothing. @default 5_000 */
  readonly connectLimitMs?: number;
}

const METHODS = grpcDefinition(listener.ListenerAdapterService);
const RETRY = { firstMs: 100, maxMs: 2_000, jitter: 0.5 };
const CALL_LIMIT_MS = 5_000;
/** A leader whose machine is gone sends no FIN: pings find out. */
const KEEPALIVE = {
  'grpc.keepalive_time_ms': 2_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.keepalive_permit_without_calls': 1,
} as const;

/**
 * The adapter's end of RegisterProtocol, and the unary calls beside it.
 *
 * - A lost stream is made again with backoff and jitter, for ever; the adapter keeps serving meanwhile.
 * - What comes from an older epoch than it registered with is dropped, and that leader is left.
 */
export class WasLink {
  /** The highest epoch this adapter has registered with. */
  highestEpoch = 0;
  private readonly options: WasLinkOptions;
  private client: Client | undefined = undefined;
  private call: Call | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;
  private connectTimer: NodeJS.Timeout | undefined = undefined;
  private attempt = 0;
  private dialled = 0;
  private isLossTold = false;
  private isConnected = false;
  private isClosed = false;

  constructor(options: WasLinkOptions) {
    this.options = options;
  }

  get isUp(): boolean {
    return this.isConnected;
  }

  open(): void {
    const { addresses, register, connectLimitMs = 5_000 } = this.options;
    const address = addresses[this.dialled++ % addresses.length]!;
    // A client of its own for each attempt: grpc-js backs a shared channel off up to two minutes, a leader takes over within seconds.
    const client = new Client(address, credentials.createInsecure(), { ...KEEPALIVE, 'grpc.use_local_subchannel_pool': 1 });
    const method = METHODS.registerProtocol!;
    const call = client.makeBidiStreamRequest<listener.RegisterProtocolRequest, listener.RegisterProtocolResponse>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize as (bytes: Buffer) => listener.RegisterProtocolResponse,
      this.metadata(),
    );
    this.client = client;
    this.call = call;
    call.on('data', (response: listener.RegisterProtocolResponse) => this.hear(call, response));
    call.on('error', (error: ServiceError) => this.lost(call, plainReason(error)));
    call.on('end', () => this.lost(call, 'the stream has ended'));
    this.connectTimer = setTimeout(() => this.lost(call, `${address} did not connect within ${connectLimitMs} ms`), connectLimitMs);
    this.send({ case: 'register', value: register(this.highestEpoch) });
  }

  /** Tells the leader something on the stream; dropped while there is none, because the next registration tells everything. */
  send(message: Upward): void {
    this.call?.write(create(listener.RegisterProtocolRequestSchema, { message }));
  }

  /** A unary call to the leader of the stream. Rejects with NOT_CONNECTED, or with what the leader refused it with. */
  request<Q, A>(name: Unary, message: Q): Promise<A> {
    const { client } = this;
    if (!client || !this.isConnected) return Promise.reject(new BatonError('NOT_CONNECTED', `${name} needs a link to WAS`));
    const method = METHODS[name]!;
    const deadline = Date.now() + CALL_LIMIT_MS;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        message,
        this.metadata(),
        { deadline },
        (error, answer) => (error ? reject(error) : resolve(answer as A)),
      );
    });
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.drop();
  }

  private metadata(): Metadata {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${this.options.secret}`);
    return metadata;
  }

  private hear(call: Call, { epoch, callback }: listener.RegisterProtocolResponse): void {
    if (call !== this.call) return;
    if (epoch < this.highestEpoch) {
      this.lost(call, `its epoch ${epoch} is below ${this.highestEpoch}: that leader was replaced`);
      return;
    }
    this.highestEpoch = epoch;
    const isConnected = callback.case === 'configManagerConnected';
    if (isConnected === this.isConnected) {
      this.lost(call, isConnected ? 'it sent ConfigManagerConnected twice' : `it sent ${callback.case} before ConfigManagerConnected`);
      return;
    }
    if (isConnected) {
      clearTimeout(this.connectTimer);
      this.isConnected = true;
      this.isLossTold = false;
      this.attempt = 0;
    }
    this.options.onCallback(callback);
  }

  private lost(call: Call, reason: string): void {
    if (call !== this.call) return;
    this.drop();
    if (this.isClosed) return;
    if (!this.isLossTold) {
      this.isLossTold = true;
      this.options.onLost(reason);
    }
    this.timer = setTimeout(() => this.open(), backoffMs(this.attempt++, RETRY));
  }

  private drop(): void {
    clearTimeout(this.connectTimer);
    this.isConnected = false;
    const { call, client } = this;
    this.call = undefined;
    this.client = undefined;
    call?.cancel();
    client?.close();
  }
}

/** grpc-js appends what it tried to resolve; an operator wants the first sentence and the system's error. */
function plainReason(error: ServiceError): string {
  return (error.details || error.message).replace(/\s*Resolution note:.*$/s, '').replace('No connection established. Last error: ', '');
}
