import { releaseSlab, type Slab } from '../codec/slab.ts';
import { violation } from '../codec/violation.ts';

/** Messages sent, or to be sent, that the peer has not acknowledged; in order, numbered without gaps from 1. */
export class Outbox {
  /** Number of the last message kept; the next gets one more. */
  last = 0;
  /** Number of the last message the peer has acknowledged. */
  acked = 0;
  /** Bytes of all messages kept. */
  bytes = 0;
  private messages: Buffer[] = [];
  private slabs: Slab[] = [];
  /** Index of the first message still kept: shifting an array for each acknowledgement would copy it. */
  private first = 0;

  /** Keeps the message that was closed under number `last + 1` and lies in `slab`. */
  keep(message: Buffer, slab: Slab): void {
    this.last++;
    this.messages.push(message);
    this.slabs.push(slab);
    this.bytes += message.length;
  }

  /** Lets go of everything up to `number`. Throws when that was never sent. */
  ack(number: number): void {
    if (number <= this.acked) return;
    if (number > this.last) throw violation(`batch ${number} is acknowledged and ${this.last} is the last sent`);
    const messages = this.messages;
    for (let count = number - this.acked; count > 0; count--) {
      this.bytes -= messages[this.first]!.length;
      releaseSlab(this.slabs[this.first]!);
      messages[this.first++] = EMPTY;
    }
    this.acked = number;
    if (this.first === messages.length) {
      messages.length = 0;
      this.slabs.length = 0;
      this.first = 0;
    } else if (this.first > 1_024 && this.first * 2 > messages.length) {
      this.messages = messages.slice(this.first);
      this.slabs = this.slabs.slice(this.first);
      this.first = 0;
    }
  }

  /** True when a peer that has everything up to `number` can be brought up to date with what is kept. */
  canResumeAfter(number: number): boolean {
    return number >= this.acked && number <= this.last;
  }

  /** Forgets everything. Slabs are left to the collector: a link may be sending from them still. */
  clear(): void {
    this.messages = [];
    this.slabs = [];
    this.first = 0;
    this.bytes = 0;
    this.acked = this.last;
  }

  /** What is kept, oldest first. */
  kept(): readonly Buffer[] {
    return this.messages.slice(this.first);
  }
}

const EMPTY = Buffer.alloc(0);
