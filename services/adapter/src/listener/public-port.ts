import { createServer, type Server, type Socket } from 'node:net';
import { BatonError } from '@baton/core';
import type { ListenAddress } from '../route/listen-plan.ts';

/**
 * How long an adapter that stops waits for a moment without new connections, ms. Node takes one connection in a turn (libuv since 1.45), so those that
 * wait need as many turns, and turns are long where the processor is short; a port that is quiet is closed at once.
 */
const QUIET_LIMIT_MS = 10_000;

export interface PublicPortOptions extends ListenAddress {
  readonly reusePort: boolean;
  readonly now: () => number;
  readonly onConnection: (socket: Socket) => void;
}

/** One public address and port: opens it, and closes it without a reset for connections that wait to be taken. */
export class PublicPort {
  /** Connections that came, those refused included. */
  incoming = 0;
  private readonly server: Server;
  private readonly options: PublicPortOptions;

  constructor(options: PublicPortOptions) {
    this.options = options;
    this.server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) => {
      this.incoming++;
      options.onConnection(socket);
    });
  }

  /** Port it listens on. */
  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Throws PORT_TAKEN or PORT_DENIED. */
  async open(): Promise<void> {
    const { address, port, reusePort } = this.options;
    try {
      await this.listen({ port, reusePort, host: address || '::' });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (address !== '' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw listenError(error, address, port);
      await this.listen({ port, reusePort, host: '0.0.0.0' }).catch((second) => {
        throw listenError(second, address, port);
      });
    }
  }

  private listen(options: { port: number; host: string; reusePort: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ ...options, backlog: 1024 }, () => {
        this.server.off('error', reject);
        this.server.on('error', () => {});
        resolve();
      });
    });
  }

  /** Takes no new connection; those open go on. */
  stopListening(): void {
    this.server.close();
  }

  /**
   * Takes no new connection as soon as none waits to be taken: the kernel resets those that a closed port leaves behind, although another adapter
   * may share it. Before a turn in which none came, none waited.
   *
   * - What comes meanwhile is given to `onConnection` all the same.
   * - A handshake that is under way at that moment is reset all the same, unless net.ipv4.tcp_migrate_req is 1.
   */
  async stopListeningWhenQuiet(): Promise<void> {
    const untilMs = this.options.now() + QUIET_LIMIT_MS;
    let before: number;
    await turn();
    do {
      before = this.incoming;
      await turn();
    } while (this.incoming > before && this.options.now() < untilMs);
    this.stopListening();
  }
}

/** Until sockets were looked at: immediates follow that at once. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function listenError(error: unknown, address: string, port: number): BatonError {
  const { code } = error as NodeJS.ErrnoException;
  const where = `${address || '*'}:${port}`;
  if (code === 'EADDRINUSE') return new BatonError('PORT_TAKEN', `another process listens on ${where}`, { cause: error });
  if (code === 'EACCES') return new BatonError('PORT_DENIED', `no permission to listen on ${where}`, { cause: error });
  return BatonError.from(error, 'PORT_TAKEN', `cannot listen on ${where}`);
}
