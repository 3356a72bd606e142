import net from 'node:net';

/** More is not kept: a worker that is busy all the time carries it for others to read at its beginning. */
const MOST_BYTES = 4 * 1_048_576;

/** A TCP proxy that keeps the bytes it carries: what somebody on the network reads, and what one end was given. */
export class Recorder implements AsyncDisposable {
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();
  private readonly kept = { up: [] as Buffer[], down: [] as Buffer[], bytes: 0 };

  private constructor(targetPort: number) {
    this.server = net.createServer((near) => {
      const far = net.connect(targetPort, '127.0.0.1');
      this.carry(near, far, this.kept.up);
      this.carry(far, near, this.kept.down);
    });
  }

  static async before(targetPort: number): Promise<Recorder> {
    const recorder = new Recorder(targetPort);
    await new Promise<void>((resolve) => recorder.server.listen(0, '127.0.0.1', resolve));
    return recorder;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.server.address() as net.AddressInfo).port}`;
  }

  /** What was sent to the target. */
  get up(): Buffer {
    return Buffer.concat(this.kept.up);
  }

  /** What the target sent. */
  get down(): Buffer {
    return Buffer.concat(this.kept.down);
  }

  /** Keeps what comes from now on. */
  forget(): void {
    for (const chunks of [this.kept.up, this.kept.down]) chunks.length = 0;
    this.kept.bytes = 0;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private carry(from: net.Socket, to: net.Socket, kept: Buffer[]): void {
    this.sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      if (this.kept.bytes < MOST_BYTES) kept.push(chunk);
      this.kept.bytes += chunk.length;
      to.write(chunk);
    });
    from.on('end', () => to.end());
    from.on('error', () => {});
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}
