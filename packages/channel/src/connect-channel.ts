import { BatonError, backoffMs } from '@baton/core';
import { VERSIONS } from './codec/frame-types.ts';
import { helloMessage } from './codec/handshake.ts';
import type { Proof } from './identity/proof.ts';
import { signProof, tokenId } from './identity/sign-proof.ts';
import { peerLimits, resolveLimits } from './limits.ts';
import { Dialling } from './link/dialling.ts';
import { dialHttp2 } from './link/http2-link.ts';
import { dialLane } from './link/lane-link.ts';
import type { Dialer } from './link/link.ts';
import { WorkerCore, type WorkerDialer } from './session/worker-session.ts';
import type { ChannelBlob, ChannelLimits, WorkerSession, WorkerSessionEvents } from './types.ts';

export interface ConnectOptions {
  readonly blob: ChannelBlob;
  /** The worker identity that WAS signed; shown at the first connect only. */
  readonly token: string;
  /** Private half of the key that the identity names (Ed25519, 32 bytes in base64url): each hello is proved with it. @default none, hellos prove nothing */
  readonly proofKey?: string;
  /** A proof for the first hello, made beforehand by somebody who had the key at hand. @default the first hello is proved like the others */
  readonly firstProof?: Proof;
  readonly events: WorkerSessionEvents;
  readonly limits?: Partial<ChannelLimits>;
  /** Dials the blob's endpoints. @default one gRPC call over node:http2 */
  readonly dial?: Dialer;
  /** Dials the blob's lanes. @default a TCP socket */
  readonly dialLane?: Dialer;
}

/** Within its resume limit a session is worth a dial each second. */
const BACKOFF = { firstMs: 20, maxMs: 1_000 };
/** An adapter that has not answered yet may be gone for good, and its channel is dialled for as long as its blob is kept. */
const FIRST_BACKOFF = { firstMs: 20, maxMs: 10_000 };
/** A dial that brings no welcome within this time is given up, ms: another way, or another link, may be better. */
const WELCOME_LIMIT_MS = 3_000;
/** When no way brought a first welcome in time, each gets twice as long, at most this, ms: a slow adapter is connected too. */
const MOST_WELCOME_LIMIT_MS = 12_000;
/** A proof that was made earlier than this ago is not shown, ms: half of what adapters allow, the other half is for their clocks. */
const FIRST_PROOF_LIMIT_MS = 15_000;
/** Dials in a row that do not wait: most losses are a connection cut, not a network gone. */
const QUICK_DIALS = 3;
/** A link that lived for this long was a good one, ms: the next loss counts as the first. */
const STEADY_MS = 1_000;

/**
 * Connects a worker process to a channel. Returns at once; `onConnected` follows when the hello was accepted and the first ping answered.
 *
 * - The blob's lanes and then its endpoints are tried in turn, with backoff, until the session closes or is refused; after a welcome the
 *   one that gave it is tried again first.
 * - A lost link is dialled again at once and resumed within the limit that the adapter named.
 * - No event is called before this returns.
 */
export function connectChannel(options: ConnectOptions): WorkerSession {
  return new Connector(options).session;
}

class Connector implements WorkerDialer {
  readonly session: WorkerCore;
  private readonly options: ConnectOptions;
  private readonly limits: ChannelLimits;
  private readonly ways: readonly (readonly [dialer: Dialer, endpoint: string])[];
  private way = 0;
  /** Links lost, or not made, since one last lived for a while. */
  private losses = 0;
  /** Dials that brought nothing in time, before the first welcome. */
  private silences = 0;
  private token: string;
  private proofKey: string | undefined;
  private firstProof: Proof | undefined;
  private welcomedAtMs = 0;
  private dialling: Dialling | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ConnectOptions) {
    this.options = options;
    this.token = options.token;
    this.proofKey = options.proofKey;
    this.firstProof = options.firstProof;
    this.limits = resolveLimits(options.limits);
    const { adapterId, channelId, protocol, endpoints, lanes = [] } = options.blob;
    const laneDialer = options.dialLane ?? dialLane;
    const dialer = options.dial ?? dialHttp2;
    this.ways = [...lanes.map((lane) => [laneDialer, lane] as const), ...endpoints.map((endpoint) => [dialer, endpoint] as const)];
    this.session = new WorkerCore({ adapterId, channelId, protocol }, options.events, this.limits, this);
    if (this.ways.length > 0) this.dial();
    else queueMicrotask(() => this.session.refused(new BatonError('INVALID_ARGUMENT', 'the blob of the channel names no endpoint')));
  }

  dialAgain(): void {
    if (this.welcomedAtMs > 0 && performance.now() - this.welcomedAtMs >= STEADY_MS) this.losses = 0;
    this.losses++;
    const delayMs =
      this.losses <= QUICK_DIALS ? 0 : backoffMs(this.losses - QUICK_DIALS - 1, this.session.resumeToken === '' ? FIRST_BACKOFF : BACKOFF);
    this.timer = setTimeout(() => this.dial(), delayMs);
  }

  hurry(token: string, proofKey = this.proofKey): void {
    // A session that was welcomed is proved with the key that it was welcomed with.
    if (this.session.resumeToken === '') {
      this.token = token;
      this.proofKey = proofKey;
      this.firstProof = undefined;
    }
    this.losses = 0;
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.dial();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.dialling?.abandon();
  }

  private dial(): void {
    this.timer = undefined;
    const way = this.way;
    this.way = (way + 1) % this.ways.length;
    const [dialer, endpoint] = this.ways[way]!;
    this.dialling = new Dialling(this.session, endpoint, {
      onWelcome: () => {
        this.welcomedAtMs = performance.now();
        this.way = way;
      },
      onSilence: () => {
        if (this.session.resumeToken === '') this.silences++;
      },
    });
    this.dialling.begin(dialer, this.hello(), this.welcomeLimitMs());
  }

  private welcomeLimitMs(): number {
    if (this.session.resumeToken !== '') return WELCOME_LIMIT_MS;
    return Math.min(WELCOME_LIMIT_MS * 2 ** Math.floor(this.silences / this.ways.length), MOST_WELCOME_LIMIT_MS);
  }

  private hello(): Buffer {
    const { token } = this;
    const { blob } = this.options;
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
      ...this.prove(resume === '' ? tokenId(token) : resume),
    });
  }

  private prove(subject: string): Proof | undefined {
    const { firstProof, proofKey } = this;
    const { blob } = this.options;
    this.firstProof = undefined;
    // It counts once, and not for long.
    if (firstProof && Date.now() - firstProof.time < FIRST_PROOF_LIMIT_MS) return firstProof;
    return proofKey ? signProof(proofKey, { adapterId: blob.adapterId, channelId: blob.channelId, subject }) : undefined;
  }
}
