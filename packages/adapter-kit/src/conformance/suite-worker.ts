import {
  type ChannelBlob,
  connectChannel,
  createProofKeys,
  type IdentityKeys,
  type ResponseStream,
  signIdentity,
  type WorkerIdentity,
  type WorkerSession,
} from '@baton/channel';
import { defer, until } from '@baton/core';
import type { Subject } from './subject.ts';

interface Piece {
  readonly text: string;
  readonly stream: ResponseStream;
}

/** A worker of the suite over a real link, with a signed and proved identity; answers each piece of work at once, or when it is told to. */
export class SuiteWorker {
  /** Texts of what it has begun, in order. */
  readonly begun: string[] = [];
  isDrained = false;
  /** Keeps what it begins until `release`. */
  isHolding = false;
  /** Begins nothing of what comes, as a worker that is stopping does. */
  isStopping = false;
  readonly workerId: string;
  /** Why its session ended; pending while it lives. */
  readonly ended: Promise<Error>;
  readonly session: Promise<WorkerSession>;
  private readonly held: Piece[] = [];
  private readonly unbegun = new Set<ResponseStream>();
  private readonly subject: Subject;

  constructor(subject: Subject, keys: IdentityKeys, blob: Buffer, identity: WorkerIdentity) {
    this.subject = subject;
    this.workerId = identity.workerId;
    const connected = defer<WorkerSession>();
    const ended = defer<Error>();
    this.session = connected.promise;
    this.ended = ended.promise;
    connected.promise.catch(() => {});
    const proof = createProofKeys();
    const nothing = (): void => {};
    void signIdentity(keys.privateJwk, identity, 60_000, { proofKey: proof.publicKey }).then((token) =>
      connectChannel({
        blob: JSON.parse(blob.toString()) as ChannelBlob,
        token,
        proofKey: proof.privateKey,
        events: {
          onRequest: (stream) => this.take(stream),
          onConnected: connected.resolve,
          onDrain: () => {
            this.isDrained = true;
          },
          onResume: () => {
            this.isDrained = false;
          },
          onSuspended: nothing,
          onSettled: nothing,
          onClosed: (_session, error) => {
            connected.reject(error);
            ended.resolve(error);
          },
        },
      }),
    );
  }

  async hasBegun(text: string): Promise<void> {
    await until(() => this.begun.includes(text), 10_000, `${this.workerId} to begin "${text}" (begun: ${this.begun.join(', ')})`, 2);
  }

  /** Answers what it holds. */
  release(): void {
    this.isHolding = false;
    for (const { stream, text } of this.held.splice(0)) this.subject.answer(stream, text);
  }

  /** It was sent so much that it has not begun. */
  async hasUnbegun(count: number): Promise<void> {
    await until(() => this.unbegun.size >= count, 10_000, `${count} pieces for ${this.workerId} (there are ${this.unbegun.size})`, 2);
  }

  /** Gives back what it has not begun. */
  refuse(): void {
    for (const stream of this.unbegun) stream.reset('NOT_BEGUN');
    this.unbegun.clear();
  }

  /** Gives up everything at once, as a process that was killed. */
  async kill(): Promise<void> {
    (await this.session.catch(() => undefined))?.close('killed');
  }

  private take(stream: ResponseStream) {
    const chunks: Buffer[] = [];
    let isRead = false;
    const look = (): void => {
      const text = isRead ? undefined : this.subject.read(stream.head, Buffer.concat(chunks));
      if (text === undefined) return;
      isRead = true;
      this.begin({ stream, text });
    };
    if (this.isStopping) this.unbegun.add(stream);
    else queueMicrotask(look);
    return {
      onData: (chunk: Buffer) => {
        chunks.push(chunk);
        stream.consumed(chunk.length);
        if (!this.isStopping) look();
      },
      onEnd: () => {},
      onReset: () => {
        this.unbegun.delete(stream);
        const at = this.held.findIndex((piece) => piece.stream === stream);
        if (at >= 0) this.held.splice(at, 1);
      },
      onCredit: () => {},
    };
  }

  private begin(piece: Piece): void {
    this.begun.push(piece.text);
    if (this.isHolding) this.held.push(piece);
    else this.subject.answer(piece.stream, piece.text);
  }
}
