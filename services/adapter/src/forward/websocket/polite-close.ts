import { FrameTracker } from './frame-tracker.ts';
import { CLOSE_TO_APP, CLOSE_TO_CLIENT } from './service-restart.ts';

/** What a polite close may do with the connection. */
export interface CloseWires {
  /** Sends bytes of the adapter's own. */
  toClient(frame: Buffer): void;
  toApp(frame: Buffer): void;
  /** The client has its close frame: an answer is due. */
  asked(): void;
}

/**
 * Ends a WebSocket between two frames with 1012, so that both ends see a clean close (RFC 6455, 7.1.4).
 *
 * - The client gets the close frame; what the app still sends is dropped from there on. The client's answer goes to the app like any frame, and the app
 *   takes it for a close that the client began.
 * - Nothing is done where one of the two has begun to close by itself.
 */
export class PoliteClose {
  private readonly fromApp = new FrameTracker();
  private readonly fromClient = new FrameTracker();
  private isWanted = false;
  private isSent = false;
  private readonly wires: CloseWires;

  constructor(wires: CloseWires) {
    this.wires = wires;
  }

  begin(): void {
    this.isWanted = true;
    this.send();
  }

  /** What of the app's bytes may go to the client. */
  passToClient(chunk: Buffer): Buffer | undefined {
    if (this.isSent) return undefined;
    const taken = this.fromApp.read(chunk, this.isWanted && !this.isBegun);
    this.send();
    return taken === chunk.length ? chunk : chunk.subarray(0, taken);
  }

  /** Bytes of the client, which all go to the app. */
  noteFromClient(chunk: Buffer): void {
    this.fromClient.read(chunk, false);
  }

  /** The client did not answer in time: the app is told the close in its place, where that is possible. */
  answerForClient(): void {
    if (!this.fromClient.hasClose && this.fromClient.isAtBoundary) this.wires.toApp(CLOSE_TO_APP);
  }

  /** One of the two closes by itself. */
  private get isBegun(): boolean {
    return this.fromApp.hasClose || this.fromClient.hasClose;
  }

  private send(): void {
    if (!this.isWanted || this.isSent || this.isBegun || !this.fromApp.isAtBoundary) return;
    this.isSent = true;
    // Behind the bytes of the chunk that is being read.
    queueMicrotask(() => {
      this.wires.toClient(CLOSE_TO_CLIENT);
      this.wires.asked();
    });
  }
}
