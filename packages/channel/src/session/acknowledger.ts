import type { Sender } from './sender.ts';

/** After so many batches, or bytes, an acknowledgement goes out alone if nothing else does. */
const ACK_BATCHES = 64;
const ACK_BYTES = 262_144;

/** Sees that what was read is acknowledged: with the next batch, else alone after a number of batches or bytes, or a short time. */
export class Acknowledger {
  private readonly sender: Sender;
  /** Bytes read since an acknowledgement went out, alone or with a batch. */
  private bytes = 0;
  private lastAck = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly onTimer = (): void => {
    this.timer = undefined;
    if (this.sender.received > this.sender.ackSent) this.acknowledge();
  };

  constructor(sender: Sender) {
    this.sender = sender;
  }

  /** A numbered batch of `bytes` bytes was read. */
  owe(bytes: number): void {
    const sender = this.sender;
    if (sender.ackSent !== this.lastAck) {
      this.lastAck = sender.ackSent;
      this.bytes = 0;
    }
    this.bytes += bytes;
    if (!sender.isFilling && (this.bytes >= ACK_BYTES || sender.received - sender.ackSent >= ACK_BATCHES)) this.acknowledge();
    else this.timer ??= setTimeout(this.onTimer, sender.limits.ackDelayMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private acknowledge(): void {
    this.sender.loose();
  }
}
