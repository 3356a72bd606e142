import type { ClientHttp2Session, ServerHttp2Session } from 'node:http2';
import { isIPv6, type Server } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import type { RequestHead } from '@baton/channel';
import { enterApp } from '../app-scope.ts';

/** Body bytes that wait between the two ends. */
const PIPE_BYTES = 262_144;
/** How long a session without a request is kept, ms. */
const IDLE_MS = 10_000;

interface Address {
  readonly address: string;
  readonly port: number;
}

/** The handle below a session's socket, as net.Socket asks it for addresses. */
interface NamedHandle {
  getpeername: (out: object) => number;
  getsockname: (out: object) => number;
}

/**
 * One client's connection as the app's server of HTTP/2 sees it: a session over a pair of streams in this process, with the client's address.
 *
 * - Measured beside a Unix socket: the same rate for 20 µs more of a core per request, and nobody else on the machine can connect to it.
 */
export class AppSession {
  readonly client: ClientHttp2Session;
  /** Requests that it has. */
  active = 0;
  private readonly timer: NodeJS.Timeout;
  private usedAtMs = performance.now();

  constructor(server: Server, isSecure: boolean, head: RequestHead) {
    const [near, far] = duplexPair({ highWaterMark: PIPE_BYTES });
    nameSession(server, head, isSecure);
    enterApp(connect, server, { far, isSecure });
    // The app has loaded it; a worker without such an app need not.
    const http2 = process.getBuiltinModule('node:http2');
    this.client = http2.connect('http://app', {
      createConnection: () => near,
      settings: { enablePush: false, initialWindowSize: PIPE_BYTES },
      // Bodies that wait for the app would count: the channel's credit bounds them.
      maxSessionMemory: 1_024,
      maxHeaderListPairs: 2_000,
      // A client may repeat any field; which one counts is for the app to say.
      strictSingleValueFields: false,
    } as object);
    this.client.on('error', () => {});
    this.timer = setTimeout(() => this.rest(), IDLE_MS).unref();
  }

  /** It takes further requests. */
  get isOpen(): boolean {
    return !this.client.closed && !this.client.destroyed;
  }

  begin(): void {
    this.active++;
  }

  end(): void {
    this.active--;
    this.usedAtMs = performance.now();
  }

  private rest(): void {
    if (!this.isOpen) return;
    if (this.active === 0 && performance.now() - this.usedAtMs >= IDLE_MS) this.close();
    else this.timer.refresh();
  }

  /** Ends behind the requests that it has. */
  close(): void {
    clearTimeout(this.timer);
    this.client.close();
  }
}

function connect(this: Server, { far, isSecure }: { readonly far: Duplex; readonly isSecure: boolean }): void {
  if (!isSecure) {
    this.emit('connection', far);
    return;
  }
  // What a handshake that agreed on h2 leaves behind.
  this.emit('secureConnection', Object.assign(far, { encrypted: true, alpnProtocol: 'h2', servername: false, authorized: false }));
}

/** Gives the session that comes next the addresses of the client's connection: the app's own listeners find them there. */
function nameSession(server: Server, head: RequestHead, isSecure: boolean): void {
  const { remoteAddress, remotePort, localAddress, localPort, encrypted } = head;
  server.prependOnceListener('session' as never, (session: ServerHttp2Session) => {
    const socket = session.socket as unknown as { _handle: NamedHandle; encrypted: boolean };
    const { _handle: handle } = socket;
    handle.getpeername = (out) => fill(out, { address: remoteAddress, port: remotePort });
    handle.getsockname = (out) => fill(out, { address: localAddress, port: localPort });
    if (encrypted || isSecure) socket.encrypted = true;
  });
}

function fill(out: object, { address, port }: Address): number {
  Object.assign(out, { address, port, family: isIPv6(address) ? 'IPv6' : 'IPv4' });
  return 0;
}
