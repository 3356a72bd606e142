import { setImmediate as turn } from 'node:timers/promises';
import { ChannelServer } from '../channel-server.ts';
import { batchNumber } from '../codec/batch-reader.ts';
import { BatchWriter } from '../codec/batch-writer.ts';
import { writeNumber } from '../codec/control.ts';
import { FRAME, VERSIONS } from '../codec/frame-types.ts';
import { type Handshake, type Hello, helloMessage, isHandshake, readHandshake, type Welcome, welcomeMessage } from '../codec/handshake.ts';
import { packetOf, unwrapPacket } from '../codec/packet.ts';
import { connectChannel } from '../connect-channel.ts';
import type { KnownChannel } from '../identity/check-hello.ts';
import type { RefusedLink } from '../identity/refusal.ts';
import type { VerifiedIdentity } from '../identity/token.ts';
import { DEFAULT_LIMITS, peerLimits } from '../limits.ts';
import type { Link, LinkReceiver } from '../link/link.ts';
import type { AdapterSession, AdapterSessionEvents, ChannelLimits, WorkerIdentity, WorkerSession, WorkerSessionEvents } from '../types.ts';

/** Peers that are written by hand in a test: they send what they like. */

export const IDENTITY: WorkerIdentity = {
  workerId: 'w1',
  poolIdentity: 'shop',
  pool: 'shop',
  slot: 'shop/1',
  generation: 1,
  channels: ['a1/1'],
  role: 'activation',
};

export const HELLO: Hello = {
  versions: VERSIONS,
  adapterId: 'a1',
  channelId: 1,
  secret: 'secret',
  token: 'token',
  resume: '',
  received: 0,
  limits: peerLimits(DEFAULT_LIMITS),
};

export const WELCOME: Welcome = { version: 1, resume: 'resume', received: 0, resumeLimitMs: 100, limits: peerLimits(DEFAULT_LIMITS) };

/** A link whose other end is the test. */
export class RawLink implements Link {
  /** Batches that were sent here. */
  readonly sent: Buffer[] = [];
  isOver = false;
  receiver: LinkReceiver | undefined;
  private next = 1;

  send(message: Buffer): void {
    this.sent.push(Buffer.from(unwrapPacket(packetOf(message))));
  }

  destroy(): void {
    this.isOver = true;
  }

  end(): void {
    this.isOver = true;
  }

  /** Delivers bytes as one batch. */
  give(batch: Buffer): void {
    this.receiver?.onBatch(batch);
  }

  giveMessage(message: Buffer): void {
    this.give(unwrapPacket(packetOf(message)));
  }

  /** Delivers a batch with the next number, or with `number`. */
  giveFrames(write: (writer: BatchWriter) => void, number = this.next, ack = 0): void {
    this.next = number + 1;
    const writer = new BatchWriter();
    write(writer);
    this.giveMessage(writer.take(number, ack));
  }

  /** The last handshake that was sent here. */
  get handshake(): Handshake | undefined {
    const batch = this.sent.findLast(isHandshake);
    return batch && readHandshake(batch);
  }

  /** Numbers of the numbered batches sent here. */
  get numbers(): number[] {
    return this.sent.map((batch) => (isHandshake(batch) ? 0 : batchNumber(batch))).filter((number) => number > 0);
  }
}

const nothing = (): void => {};

export interface RawAdapterSide {
  readonly server: ChannelServer;
  readonly connected: AdapterSession[];
  readonly closed: string[];
  readonly refused: RefusedLink[];
  /** Dials with a hand-written hello and waits for the answer. */
  dial(hello?: Partial<Hello>): Promise<RawLink>;
  /** Dials and answers the first ping. */
  connect(): Promise<{ link: RawLink; session: AdapterSession }>;
}

/** A ChannelServer whose workers are written by hand. */
export function rawWorkers(
  given: {
    events?: Partial<AdapterSessionEvents>;
    limits?: Partial<ChannelLimits>;
    verifyToken?: (token: string) => Promise<VerifiedIdentity>;
    allowsUnproven?: boolean;
    isWorkerDead?: (id: string) => boolean;
    /** The channel a1/1. */
    channel?: () => KnownChannel;
  } = {},
): RawAdapterSide {
  const connected: AdapterSession[] = [];
  const closed: string[] = [];
  const refused: RefusedLink[] = [];
  const channel = given.channel ?? (() => ({ secret: 'secret', poolIdentity: 'shop', pool: 'shop' }));
  const server = new ChannelServer({
    findChannel: (adapterId, channelId) => (adapterId === 'a1' && channelId === 1 ? channel() : undefined),
    verifyToken: given.verifyToken ?? (() => Promise.resolve(IDENTITY)),
    allowsUnproven: given.allowsUnproven ?? true,
    isWorkerDead: given.isWorkerDead ?? (() => false),
    limits: given.limits ?? {},
    events: {
      onLeaving: nothing,
      onSuspended: nothing,
      onResumed: nothing,
      onRefused: (one) => void refused.push(one),
      ...given.events,
      onConnected: (session) => {
        connected.push(session);
        given.events?.onConnected?.(session);
      },
      onClosed: (session, cause, text) => {
        closed.push(cause);
        given.events?.onClosed?.(session, cause, text);
      },
    },
  });
  const dial = async (hello: Partial<Hello> = {}): Promise<RawLink> => {
    const link = new RawLink();
    server.accept((receiver) => {
      link.receiver = receiver;
      return link;
    });
    link.giveMessage(helloMessage({ ...HELLO, ...hello }));
    await turn();
    await turn();
    return link;
  };
  return {
    server,
    connected,
    closed,
    refused,
    dial,
    connect: async () => {
      const link = await dial();
      link.giveFrames((writer) => writeNumber(writer, FRAME.pong, 0, 1));
      return { link, session: connected.at(-1)! };
    },
  };
}

/** A worker's session whose adapter is written by hand; already welcomed. */
export function rawAdapter(
  events: Partial<WorkerSessionEvents> = {},
  limits: Partial<ChannelLimits> = {},
): { worker: WorkerSession; links: RawLink[]; errors: Error[] } {
  const links: RawLink[] = [];
  const errors: Error[] = [];
  const worker = connectChannel({
    blob: { v: 1, adapterId: 'a1', channelId: 1, pool: 'shop', protocol: 'http', endpoints: ['raw:1'], secret: 'secret' },
    token: 'token',
    limits,
    dial: (_endpoint, receiver) => {
      const link = new RawLink();
      link.receiver = receiver;
      links.push(link);
      return link;
    },
    events: {
      onRequest: () => ({ onData: nothing, onEnd: nothing, onReset: nothing, onCredit: nothing }),
      onConnected: nothing,
      onDrain: nothing,
      onResume: nothing,
      onSuspended: nothing,
      onSettled: nothing,
      ...events,
      onClosed: (session, error) => {
        errors.push(error);
        events.onClosed?.(session, error);
      },
    },
  });
  links[0]!.giveMessage(welcomeMessage(WELCOME));
  return { worker, links, errors };
}
