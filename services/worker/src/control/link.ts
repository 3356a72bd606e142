import { backoffMs } from '@baton/core';
import { control, create, grpcDefinition } from '@baton/proto';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';

type AttachEvent = control.AttachRequest['event'];
type AttachCall = ClientDuplexStream<control.AttachRequest, control.AttachResponse>;

export interface ControlLinkOptions {
  /** WAS replicas as "host:port", tried in turn. */
  readonly addresses: readonly string[];
  /** Shared secret of the cluster's services. */
  readonly secret: string;
  /** The host's whole view, the first message of each attachment. */
  readonly registered: () => control.Registered;
  /** The heartbeat with this number. */
  readonly heartbeat: (number: number) => control.Heartbeat;
  /** The highest epoch this host has seen: a leader below it was replaced. */
  readonly highestEpoch: () => number;
  readonly onAttached: (epoch: number) => void;
  /** The link is lost, or could not be made: once, until the next `onAttached`. */
  readonly onDetached: (reason: string) => void;
  readonly onWishAnswer: (answer: control.WishAnswer) => void;
  /** The leader has answered what was sent at this time of `performance.now()`. */
  readonly onHeard?: (sentAtMs: number) => void;
  /** @default 1_000 */
  readonly heartbeatMs?: number | undefined;
  /** A leader that acknowledges nothing for this long is dialled again, ms. @default 5_000 */
  readonly silenceMs?: number | undefined;
}

const ATTACH = grpcDefinition(control.HostControlService).attach!;
const RETRY = { firstMs: 100, maxMs: 2_000, jitter: 0.5 };

/**
 * The host's end of the Attach stream.
 *
 * - Each attachment begins with the whole view, so nothing is kept for a leader that is away: what happened meanwhile is in the view.
 * - A lost link is dialled again with backoff and jitter, for ever; workers do not notice.
 * - A leader with an epoch below the highest seen is left at once, and what it says is dropped.
 */
export class ControlLink {
  readonly #options: ControlLinkOptions;
  #client: Client | undefined;
  #call: AttachCall | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #attempt = 0;
  #dialled = 0;
  #number = 0;
  #heardAtMs = 0;
  /** When what is not answered yet was sent, by the number of the heartbeat; 0 = the registration. */
  readonly #sentAtMs = new Map<number, number>();
  #isAttached = false;
  #isClosed = false;

  constructor(options: ControlLinkOptions) {
    this.#options = options;
  }

  get isAttached(): boolean {
    return this.#isAttached;
  }

  open(): void {
    this.#dial();
  }

  /** Tells WAS something now, if there is a link; else the view of the next attachment does. True: a leader is attached. */
  tell(event: AttachEvent): boolean {
    this.#call?.write(create(control.AttachRequestSchema, { event }));
    return this.#isAttached;
  }

  /** Ends the link after what was told has been written. */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeatTimer);
    const call = this.#call;
    this.#call = undefined;
    if (call && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(done, 500);
        signal.addEventListener('abort', done, { once: true });
        call.once('close', done).once('error', done).once('end', done);
        call.end();
      });
    }
    call?.cancel();
    this.#client?.close();
  }

  #dial(): void {
    const { addresses, secret, registered } = this.#options;
    const address = addresses[this.#dialled++ % addresses.length]!;
    // a client of its own for each attempt: grpc-js backs a shared channel off up to two minutes, a leader takes over within seconds
    const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${secret}`);
    const call = client.makeBidiStreamRequest<control.AttachRequest, control.AttachResponse>(
      ATTACH.path,
      ATTACH.requestSerialize,
      ATTACH.responseDeserialize as (bytes: Buffer) => control.AttachResponse,
      metadata,
    );
    this.#client = client;
    this.#call = call;
    this.#heardAtMs = Date.now();
    call.on('data', (response: control.AttachResponse) => this.#hear(call, response));
    call.on('error', (error: ServiceError) => this.#lost(call, plainReason(error)));
    call.on('end', () => this.#lost(call, 'the stream has ended'));
    this.#sentAtMs.clear();
    this.#sentAtMs.set(0, performance.now());
    this.tell({ case: 'registered', value: registered() });
    clearInterval(this.#heartbeatTimer);
    this.#heartbeatTimer = setInterval(() => this.#beat(call), this.#options.heartbeatMs ?? 1_000);
  }

  #beat(call: AttachCall): void {
    const silenceMs = this.#options.silenceMs ?? 5_000;
    if (Date.now() - this.#heardAtMs > silenceMs) this.#lost(call, `no answer for ${silenceMs} ms`);
    else if (this.#isAttached) {
      this.#sentAtMs.set(++this.#number, performance.now());
      this.tell({ case: 'heartbeat', value: this.#options.heartbeat(this.#number) });
    }
  }

  #hear(call: AttachCall, response: control.AttachResponse): void {
    if (call !== this.#call) return;
    const seen = this.#options.highestEpoch();
    if (response.epoch < seen) {
      this.#lost(call, `its epoch ${response.epoch} is below ${seen}: that leader was replaced`);
      return;
    }
    this.#heardAtMs = Date.now();
    const { answer } = response;
    if (answer.case === 'wishAnswer') this.#options.onWishAnswer(answer.value);
    if (answer.case === 'heartbeatAck') this.#answered(answer.value.number);
    if (answer.case !== 'attached') return;
    this.#answered(0);
    this.#attempt = 0;
    this.#isAttached = true;
    this.#options.onAttached(response.epoch);
  }

  #answered(number: number): void {
    const sentAtMs = this.#sentAtMs.get(number);
    this.#sentAtMs.delete(number);
    if (sentAtMs !== undefined) this.#options.onHeard?.(sentAtMs);
  }

  #lost(call: AttachCall, reason: string): void {
    if (call !== this.#call) return;
    this.#call = undefined;
    this.#isAttached = false;
    clearInterval(this.#heartbeatTimer);
    call.cancel();
    this.#client?.close();
    if (this.#isClosed) return;
    if (this.#attempt === 0) this.#options.onDetached(reason);
    this.#timer = setTimeout(() => this.#dial(), backoffMs(this.#attempt++, RETRY));
  }
}

/** grpc-js appends what it tried to resolve; an operator wants the first sentence and the system's error. */
function plainReason(error: ServiceError): string {
  return (error.details || error.message).replace(/\s*Resolution note:.*$/s, '').replace('No connection established. Last error: ', '');
}
