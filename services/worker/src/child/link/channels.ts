import { type ChannelBlob, connectChannel, type RequestHandler, type ResponseStream, type WorkerSession } from '@baton/channel';
import type { ChannelRef, ChannelToDial, ShownIdentity } from '../../messages.ts';

export interface ChannelsOptions {
  /** `appKey`: the one application that the channel is for, where its blob names one. */
  onRequest(stream: ResponseStream, appKey?: string): RequestHandler;
  /** A ping came; `answer` says that the worker is well. */
  onPing(answer: () => void): void;
  onConnected(channel: ChannelRef): void;
  onDisconnected(channel: ChannelRef, reason: string): void;
  /** Something became calm: drained, acknowledged or without requests. */
  onCalmer(): void;
  /** A link was lost, or its session has ended; not by `close` or `leave` of ours. */
  onDown(): void;
}

/**
 * The worker's sessions, one on each channel it was given.
 *
 * - Between `hold` and `release` channels wait: before the apps listen, and while a wish to be put away is open, for no idle-out may begin behind the
 *   back of a channel that has just been dialled.
 * - After `leave` no channel is dialled any more.
 */
export class Channels {
  readonly #options: ChannelsOptions;
  readonly #sessions = new Map<string, WorkerSession>();
  /** What the sessions were dialled by; an adapter that was started anew may have given the same channel another blob. */
  readonly #blobs = new WeakMap<WorkerSession, string>();
  readonly #connected = new Map<string, ChannelRef>();
  #waiting: { channels: readonly ChannelToDial[]; identity: ShownIdentity }[] = [];
  #isHolding = false;
  #isLeaving = false;
  #isClosing = false;

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  /** The channels on which a ping was answered. */
  get connected(): readonly ChannelRef[] {
    return [...this.#connected.values()];
  }

  /** Dials what it is not connected on. */
  dial(channels: readonly ChannelToDial[], identity: ShownIdentity): void {
    if (this.#isLeaving) return;
    if (this.#isHolding) {
      this.#waiting.push({ channels, identity });
      return;
    }
    for (const channel of channels) this.#dialOne(channel, identity);
  }

  /** From here on further channels wait. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Dials what had to wait. */
  release(): void {
    this.#isHolding = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { channels, identity } of waiting) this.dial(channels, identity);
  }

  /** Says leaving on every link; a channel that was never connected is given up, nothing can be in flight there. */
  leave(successor: string): void {
    this.#isLeaving = true;
    this.#waiting = [];
    for (const [key, session] of this.#sessions) {
      if (this.#connected.has(key)) session.leave(successor);
      else session.close('the worker stops');
    }
  }

  /** A drain frame was read on every link, what began has ended and every frame is acknowledged. */
  get isDrained(): boolean {
    for (const session of this.#sessions.values()) {
      if (!session.drained || session.inFlight > 0 || !session.settled) return false;
    }
    return true;
  }

  /** A drain frame was read on every channel it is connected on: nothing more is handed to it. */
  get isRelieved(): boolean {
    for (const [key, session] of this.#sessions) if (this.#connected.has(key) && !session.drained) return false;
    return true;
  }

  /** At least one session has its link. */
  get isAnyUp(): boolean {
    for (const session of this.#sessions.values()) if (session.state === 'open') return true;
    return false;
  }

  /** On at least one session a request is in flight or a frame is not acknowledged. */
  get isAnyOpen(): boolean {
    for (const session of this.#sessions.values()) if (session.inFlight > 0 || !session.settled) return true;
    return false;
  }

  /** The end of all sessions, by our own will: nobody is told. */
  close(): void {
    this.#isClosing = true;
    for (const session of [...this.#sessions.values()]) session.close('the worker has ended');
  }

  #dialOne(channel: ChannelToDial, { token, proofKey }: ShownIdentity): void {
    const { adapterId, channelId } = channel;
    const ref = { adapterId, channelId };
    const key = `${adapterId}/${channelId}`;
    const known = this.#sessions.get(key);
    if (known && this.#connected.has(key)) return;
    if (known && this.#blobs.get(known) === channel.blob) {
      // Not connected yet. This order has a newer token, and the adapter may be back; but a hello that is on its way may only need its time.
      known.hurry(token, proofKey);
      return;
    }
    this.#sessions.delete(key);
    known?.close('its channel has another blob');
    const { onRequest, onPing, onCalmer } = this.#options;
    const blob = JSON.parse(Buffer.from(channel.blob, 'base64').toString()) as ChannelBlob;
    const { appKey } = blob;
    const session = connectChannel({
      blob,
      token,
      proofKey,
      ...(channel.proof && { firstProof: channel.proof }),
      events: {
        onRequest: appKey === undefined ? onRequest : (stream) => onRequest(stream, appKey),
        onPing,
        onConnected: () => {
          this.#connected.set(key, ref);
          this.#options.onConnected(ref);
        },
        onDrain: onCalmer,
        onResume: onCalmer,
        onSuspended: () => this.#options.onDown(),
        onSettled: onCalmer,
        onClosed: (_session, error) => {
          if (this.#sessions.get(key) !== session) return;
          this.#sessions.delete(key);
          this.#connected.delete(key);
          if (this.#isClosing) return;
          this.#options.onDisconnected(ref, error.message);
          onCalmer();
          this.#options.onDown();
        },
      },
    });
    this.#sessions.set(key, session);
    this.#blobs.set(session, channel.blob);
  }
}
