import { BatonError, backoffMs } from '@baton/core';
import { VERSIONS } from './codec/frame-types.ts';
import { helloMessage, type RefuseCode, readHandshake } from './codec/handshake.ts';
import { violation } from './codec/violation.ts';
import { peerLimits, resolveLimits } from './limits.ts';
import { dialHttp2 } from './link/http2-link.ts';
import type { Dialer, Link, LinkReceiver } from './link/link.ts';
import { WorkerCore } from './session/worker-session.ts';
import type { ChannelBlob, ChannelLimits, WorkerSession, WorkerSessionEvents } from './types.ts';

export interface ConnectOptions {
  readonly blob: ChannelBlob;
  /** The worker identity that WAS signed; shown at the first connect only. */
  readonly token: string;
  readonly events: WorkerSessionEvents;
  readonly limits?: Partial<ChannelLimits>;
  /** @default one gRPC call over node:http2 */
  readonly dial?: Dialer;
}

/** A dial without a welcome for this long is given up, ms. */
const WELCOME_LIMIT_MS = 3_000;
const BACKOFF = { firstMs: 20, maxMs: 1_000 };
/** Dials in a row that do not wait. */
const QUICK_DIALS = 3;
/** A link that lived for this long was a good one, ms: the next loss counts as the first. */
const STEADY_MS = 1_000;

/**
 * Connects a worker process to a channel. Returns at once; `onConnected` follows when the hello was accepted and the first ping answered.
 *
 * - The blob's endpoints are tried in turn, with backoff, until the session closes or is refused.
 * - A lost link is dialled again at once and resumed within the limit that both ends keep.
 */
export function connectChannel(options: ConnectOptions): WorkerSession {
  return new Connector(options).session;
}

class Connector {
  readonly session: WorkerCore;
  private readonly options: ConnectOptions;
  private readonly limits: ChannelLimits;
  private readonly dialer: Dialer;
  private dials = 0;
  /** Links lost, or not made, since one last lived for a while. */
  private losses = 0;
  private welcomedAtMs = 0;

  constructor(options: ConnectOptions) {
    this.options = options;
    this.limits = resolveLimits(options.limits);
    this.dialer = options.dial ?? dialHttp2;
    const { adapterId, channelId } = options.blob;
    this.session = new WorkerCore({ adapterId, channelId }, options.events, this.limits, () => this.dialLater());
    this.dial();
  }

  private dialLater(): void {
    if (this.welcomedAtMs > 0 && performance.now() - this.welcomedAtMs >= STEADY_MS) this.losses = 0;
    this.losses++;
    // The first dials after a loss go out at once: most losses are a connection cut, not a network gone.
    const delayMs = this.losses <= QUICK_DIALS ? 0 : backoffMs(this.losses - QUICK_DIALS - 1, BACKOFF);
    setTimeout(() => this.dial(), delayMs);
  }

  private dial(): void {
    if (this.session.state === 'closed') return;
    const { endpoints } = this.options.blob;
    const endpoint = endpoints[this.dials++ % endpoints.length];
    if (endpoint === undefined) {
      this.session.refused(new BatonError('INVALID_ARGUMENT', 'the blob of the channel names no endpoint'));
      return;
    }
    const dialling = new Dialling(this.session, endpoint, () => {
      this.welcomedAtMs = performance.now();
    });
    dialling.begin(this.dialer, this.hello());
  }

  private hello(): Buffer {
    const { blob, token } = this.options;
    const resume = this.session.resumeToken;
    return helloMessage({
      versions: VERSIONS,
      adapterId: blob.adapterId,
      channelId: blob.channelId,
      secret: blob.secret,
      token: resume === '' ? token : '',
      resume,
      received: this.session.lastReceived,
      limits: peerLimits(this.limits),
    });
  }
}

/** One dial: until the welcome its batches are the handshake, after it the session's. */
class Dialling implements LinkReceiver {
  private readonly worker: WorkerCore;
  private readonly endpoint: string;
  private readonly onWelcome: () => void;
  private readonly timer: NodeJS.Timeout;
  private link: Link | undefined;
  private next: LinkReceiver | undefined;
  private isOver = false;

  constructor(worker: WorkerCore, endpoint: string, onWelcome: () => void) {
    this.worker = worker;
    this.endpoint = endpoint;
    this.onWelcome = onWelcome;
    this.timer = setTimeout(() => this.onLimit(), WELCOME_LIMIT_MS);
  }

  begin(dialer: Dialer, hello: Buffer): void {
    this.link = dialer(this.endpoint, this);
    this.link.send(hello);
  }

  onBatch(batch: Buffer): void {
    if (this.next) {
      this.next.onBatch(batch);
      return;
    }
    if (this.isOver) return;
    try {
      this.read(batch);
    } catch (error) {
      this.giveUp(() => this.worker.refused(BatonError.from(error)));
    }
  }

  onLost(error: Error): void {
    if (this.next) {
      this.next.onLost(error);
      return;
    }
    this.giveUp(() => this.worker.dialFailed());
  }

  private read(batch: Buffer): void {
    const handshake = readHandshake(batch);
    if (handshake.type === 'refuse') {
      const { code, message } = handshake.refuse;
      throw new BatonError(refusalCode(code), `the adapter at ${this.endpoint} refused the hello: ${message}`);
    }
    if (handshake.type !== 'welcome') throw violation(`an adapter began with ${handshake.type}`);
    const { version } = handshake.welcome;
    if (version < VERSIONS.min || version > VERSIONS.max) throw violation(`an adapter chose version ${version}, which was not offered`);
    if (this.worker.state !== 'closed') this.next = this.worker.welcomed(this.link!, handshake.welcome);
    else this.link?.destroy();
    clearTimeout(this.timer);
    this.isOver = true;
    this.onWelcome();
  }

  private onLimit(): void {
    this.giveUp(() => this.worker.dialFailed());
  }

  private giveUp(then: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.link?.destroy();
    then();
  }
}

const REFUSALS: readonly RefuseCode[] = [
  'CHANNEL_VERSION',
  'CHANNEL_IDENTITY',
  'CHANNEL_PROTOCOL',
  'CHANNEL_RESUME_EXPIRED',
  'CHANNEL_CLOSED',
];

function refusalCode(code: RefuseCode): RefuseCode {
  return REFUSALS.includes(code) ? code : 'CHANNEL_CLOSED';
}
