import type { RemoteInfo, Socket } from 'node:dgram';
import { type AdapterSession, type EndingFacts, type HolderFacts, type RequestStream, Work } from '@baton/adapter-kit';

/** One datagram: a request whose body it is. Each piece of the answer goes back as a datagram of its own. */
export class Datagram extends Work {
  private readonly socket: Socket;
  private readonly binding: string;
  private readonly peer: RemoteInfo;
  private readonly bytes: Buffer;
  private readonly isShut: () => boolean;
  private isStarted = false;

  constructor(socket: Socket, binding: string, peer: RemoteInfo, bytes: Buffer, isShut: () => boolean) {
    super(() => performance.now());
    this.socket = socket;
    this.binding = binding;
    this.peer = peer;
    this.bytes = bytes;
    this.isShut = isShut;
  }

  /** Shown by `baton recycle show` where a worker has to wait for it. */
  override get holder(): HolderFacts {
    return { kind: 'udp', what: this.binding, client: this.peer.address };
  }

  protected openOn(session: AdapterSession, timeLeftMs: number): RequestStream {
    const { address: localAddress, port: localPort } = this.socket.address();
    const { address: remoteAddress, port: remotePort } = this.peer;
    const ends = { remoteAddress, remotePort, localAddress, localPort, encrypted: false };
    const head = { protocol: 'udp', appKey: this.app!.appKey, method: 'UDP', url: this.binding, headers: [] } as const;
    return session.open({ ...head, ...ends, httpVersion: '1.1', deadlineMs: timeLeftMs }, false, this);
  }

  /** The app has all of it at once; its half stays open until the answer is there, so that it may take its time. */
  protected opened(stream: RequestStream): void {
    stream.write(this.bytes);
  }

  /** The datagram is kept, so a worker that never began it loses it to another one; one that died may have acted on it. */
  protected facts(): EndingFacts {
    const { isStarted, isResponseEnded } = this;
    return { isStarted, isResponseEnded, hasInterim: false, isMovable: true, isReplayable: false };
  }

  onData(chunk: Buffer): void {
    this.isStarted = true;
    // Its binding may be gone by now, and the socket with it.
    if (!this.isShut()) this.socket.send(chunk, this.peer.port, this.peer.address);
    this.stream!.consumed(chunk.length);
  }

  onEnd(): void {
    this.stream!.end();
    this.answered();
    this.finish(false);
  }

  /** UDP has no way to say that something failed: the client hears nothing, as it always has to reckon with. */
  protected tell(): boolean {
    return true;
  }

  protected ended(): void {}
}
