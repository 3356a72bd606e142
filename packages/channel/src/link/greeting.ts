import { BatonError } from '@baton/core';
import { VERSIONS } from '../codec/frame-types.ts';
import { type Hello, type RefuseCode, readHandshake, refuseMessage } from '../codec/handshake.ts';
import { violation } from '../codec/violation.ts';
import { Refusal, refusalText } from '../identity/refusal.ts';
import type { Link, LinkReceiver } from './link.ts';

/** A link whose first packet was not accepted within this time is ended, ms. */
const HELLO_LIMIT_MS = 5_000;

/** Told of each link that is refused; `hello` when one was read. */
export type RefusalListener = (error: BatonError, hello: Hello | undefined, link: Link) => void;

const REFUSE_CODES: readonly string[] = [
  'CHANNEL_VERSION',
  'CHANNEL_IDENTITY',
  'CHANNEL_PROTOCOL',
  'CHANNEL_RESUME_EXPIRED',
  'CHANNEL_CLOSED',
];

/** Checks a hello and gives the link to a session; synchronous after its last wait. Rejects with what the refusal is to say. */
export type Greeter = (hello: Hello, link: Link) => Promise<LinkReceiver>;

/** The adapter's end of a link until its hello is accepted: one packet, one answer, within a limit. */
export class Greeting implements LinkReceiver {
  private readonly greet: Greeter;
  private readonly onRefused: RefusalListener;
  private readonly link: Link;
  private readonly timer: NodeJS.Timeout;
  private session: LinkReceiver | undefined;
  private isHelloRead = false;
  private hello: Hello | undefined;
  private lost: Error | undefined;

  constructor(open: (receiver: LinkReceiver) => Link, greet: Greeter, onRefused: RefusalListener) {
    this.greet = greet;
    this.onRefused = onRefused;
    const late = (): Refusal => new Refusal('silent', `no hello was accepted within ${HELLO_LIMIT_MS} ms`, 'CHANNEL_PROTOCOL');
    this.timer = setTimeout(() => this.refuse(late()), HELLO_LIMIT_MS);
    this.timer.unref();
    this.link = open(this);
  }

  onBatch(batch: Buffer): void {
    if (this.session) {
      this.session.onBatch(batch);
      return;
    }
    if (this.isHelloRead) {
      this.refuse(violation('a worker sent a batch before its welcome'));
      return;
    }
    this.isHelloRead = true;
    void this.read(batch);
  }

  onBroken(error: BatonError): void {
    if (this.session) this.session.onBroken(error);
    else this.refuse(error);
  }

  onLost(error: Error): void {
    clearTimeout(this.timer);
    this.lost = error;
    this.session?.onLost(error);
  }

  private async read(batch: Buffer): Promise<void> {
    try {
      const handshake = readHandshake(batch);
      if (handshake.type !== 'hello') throw violation(`a worker began with ${handshake.type}`);
      this.hello = handshake.hello;
      this.session = await this.greet(handshake.hello, this.link);
    } catch (error) {
      return this.refuse(error);
    } finally {
      clearTimeout(this.timer);
    }
    if (this.lost) this.session.onLost(this.lost);
  }

  private refuse(error: unknown): void {
    if (this.lost || this.session) return;
    const refusal = BatonError.from(error);
    this.lost = refusal;
    clearTimeout(this.timer);
    const code = REFUSE_CODES.includes(refusal.code) ? (refusal.code as RefuseCode) : 'CHANNEL_CLOSED';
    this.link.send(refuseMessage({ versions: VERSIONS, code, message: refusalText(refusal) }));
    this.link.end();
    this.onRefused(refusal, this.hello, this.link);
  }
}
