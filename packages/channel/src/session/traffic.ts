/** What went over one or more sessions, as one end of them sees it. Counted once per batch. */
export class Traffic {
  framesSent = 0;
  bytesSent = 0;
  framesReceived = 0;
  /** Batches as they came, without what they were packed in. */
  bytesReceived = 0;

  add(other: Traffic): void {
    this.framesSent += other.framesSent;
    this.bytesSent += other.bytesSent;
    this.framesReceived += other.framesReceived;
    this.bytesReceived += other.bytesReceived;
  }
}
