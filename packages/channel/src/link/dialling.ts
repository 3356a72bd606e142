import { BatonError } from '@baton/core';
import { VERSIONS } from '../codec/frame-types.ts';
import { type RefuseCode, readHandshake } from '../codec/handshake.ts';
import { violation } from '../codec/violation.ts';
import type { WorkerCore } from '../session/worker-session.ts';
import type { Dialer, Link, LinkReceiver } from './link.ts';

export interface DiallingEvents {
  onWelcome(): void;
  /** The limit passed; called before the worker dials again. */
  onSilence(): void;
}

const REFUSALS: readonly string[] = ['CHANNEL_VERSION', 'CHANNEL_IDENTITY', 'CHANNEL_PROTOCOL', 'CHANNEL_RESUME_EXPIRED', 'CHANNEL_CLOSED'];

/** The worker's end of a link until it is welcomed: one packet, one answer, within a limit. After it the session takes what comes. */
export class Dialling implements LinkReceiver {
  private readonly worker: WorkerCore;
  private readonly endpoint: string;
  private readonly events: DiallingEvents;
  private timer: NodeJS.Timeout | undefined;
  private link: Link | undefined;
  private session: LinkReceiver | undefined;
  private isOver = false;

  constructor(worker: WorkerCore, endpoint: string, events: DiallingEvents) {
    this.worker = worker;
    this.endpoint = endpoint;
    this.events = events;
  }

  begin(dialer: Dialer, hello: Buffer, limitMs: number): void {
    this.timer = setTimeout(() => {
      this.events.onSilence();
      this.fail();
    }, limitMs);
    try {
      this.link = dialer(this.endpoint, this);
    } catch {
      // An endpoint that is none. The next one may be better.
      this.fail();
      return;
    }
    this.link.send(hello);
  }

  /** The session wants no link any more. */
  abandon(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.link?.destroy();
  }

  onBatch(batch: Buffer): void {
    if (this.session) this.session.onBatch(batch);
    else if (!this.isOver) this.readAnswer(batch);
  }

  onBroken(error: BatonError): void {
    if (this.session) this.session.onBroken(error);
    else if (!this.isOver) this.giveUp(error);
  }

  onLost(error: Error): void {
    if (this.session) this.session.onLost(error);
    else this.fail();
  }

  private readAnswer(batch: Buffer): void {
    try {
      this.read(batch);
    } catch (error) {
      this.giveUp(BatonError.from(error));
    }
  }

  private giveUp(error: BatonError): void {
    this.abandon();
    this.worker.refused(error);
  }

  private read(batch: Buffer): void {
    const handshake = readHandshake(batch);
    if (handshake.type === 'refuse') {
      const { code, message } = handshake.refuse;
      throw new BatonError(codeOf(code), `the adapter at ${this.endpoint} refused the hello: ${message}`);
    }
    if (handshake.type !== 'welcome') throw violation(`an adapter began with ${handshake.type}`);
    const { version } = handshake.welcome;
    if (version < VERSIONS.min || version > VERSIONS.max) throw violation(`an adapter chose version ${version}, which was not offered`);
    this.session = this.worker.welcomed(this.link!, handshake.welcome);
    this.isOver = true;
    clearTimeout(this.timer);
    this.events.onWelcome();
  }

  private fail(): void {
    if (this.isOver) return;
    this.abandon();
    this.worker.dialFailed();
  }
}

/** A code that a later release added reads as CHANNEL_CLOSED. */
function codeOf(code: string): RefuseCode {
  return REFUSALS.includes(code) ? (code as RefuseCode) : 'CHANNEL_CLOSED';
}
