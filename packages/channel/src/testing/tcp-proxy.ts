import net from 'node:net';

/** A TCP proxy that a test cuts, stalls or takes away: the network between a worker and its adapter. */
export class TcpProxy implements AsyncDisposable {
  /** Connections taken so far. */
  connections = 0;
  private readonly server: net.Server;
  private readonly pairs = new Set<readonly [net.Socket, net.Socket]>();
  private isRefusing = false;

  private constructor(targetPort: number) {
    this.server = net.createServer((near) => {
      if (this.isRefusing) {
        near.resetAndDestroy();
        return;
      }
      this.connections++;
      const far = net.connect(targetPort, '127.0.0.1');
      const pair = [near, far] as const;
      this.pairs.add(pair);
      for (const [from, to] of [pair, [far, near] as const]) {
        from.setNoDelay(true);
        from.on('data', (chunk) => void to.write(chunk));
        from.on('error', () => {});
        from.on('close', () => {
          this.pairs.delete(pair);
          to.destroy();
        });
      }
    });
  }

  static async to(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.server.address() as net.AddressInfo).port}`;
  }

  /** Resets every connection. */
  cut(): void {
    for (const pair of this.pairs) {
      for (const socket of pair) {
        // Node keeps the handle of a reset socket whose end is under way for ever: its process then spins at exit.
        if (socket.writableEnded) socket.destroy();
        else socket.resetAndDestroy();
      }
    }
  }

  /** The connections that are there deliver nothing from now on, and say nothing; new ones work. */
  stall(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.removeAllListeners('data').resume();
  }

  /** Resets what is there and refuses what comes, until `accept`. */
  refuse(): void {
    this.isRefusing = true;
    this.cut();
  }

  accept(): void {
    this.isRefusing = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
