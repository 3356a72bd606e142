import type { AdapterSession, RequestHead, RequestStream, ResetCause, ResponseHandler, SessionState, WorkerIdentity } from '@baton/channel';
import { type Deferred, defer } from '@baton/core';

/** One request as a fake worker sees it; what it answers goes to the handler at once. */
export class FakeStream implements RequestStream {
  readonly id: number;
  readonly head: RequestHead;
  readonly isBodyless: boolean;
  readonly handler: ResponseHandler;
  readonly chunks: Buffer[] = [];
  begun = false;
  buffered = 0;
  consumedBytes = 0;
  isEnded = false;
  trailers: readonly string[] | undefined = undefined;
  resetCause: ResetCause | undefined = undefined;
  /** What `write` says. */
  hasCredit = true;
  private readonly session: FakeSession;

  constructor(session: FakeSession, id: number, head: RequestHead, isBodyless: boolean, handler: ResponseHandler) {
    this.session = session;
    this.id = id;
    this.head = head;
    this.isBodyless = isBodyless;
    this.handler = handler;
    this.isEnded = isBodyless;
  }

  get body(): string {
    return Buffer.concat(this.chunks).toString();
  }

  write(chunk: Buffer, isLent = false): boolean {
    this.chunks.push(isLent ? Buffer.from(chunk) : chunk);
    return this.hasCredit;
  }

  consumed(bytes: number): void {
    this.consumedBytes += bytes;
  }

  end(trailers?: readonly string[]): void {
    this.isEnded = true;
    this.trailers = trailers;
  }

  reset(cause: ResetCause): void {
    this.resetCause = cause;
    this.session.forget(this);
  }

  // ---- what the worker does ----

  sendHead(status = 200, lines: readonly string[] = [], framing: 'none' | 'length' | 'chunked' | 'close' = 'length', close = false): this {
    this.begun = true;
    this.handler.onHead({
      status,
      reason: status === 200 ? 'OK' : 'Made Up',
      headers: lines.map((line) => `${line}\r\n`).join(''),
      framing,
      close,
    });
    return this;
  }

  sendData(text: string | Buffer): this {
    this.handler.onData(Buffer.from(text));
    return this;
  }

  sendEnd(trailers?: readonly string[]): void {
    this.session.forget(this);
    this.handler.onEnd(trailers, undefined);
  }

  /** A whole response. */
  answer(text = 'ok', status = 200, lines: readonly string[] = []): void {
    this.sendHead(status, [...lines, `Content-Length: ${text.length}`]);
    if (text !== '') this.sendData(text);
    this.sendEnd();
  }

  /** The worker gives it up. */
  sendReset(cause: ResetCause, text = ''): void {
    this.session.forget(this);
    this.handler.onReset(cause, text);
  }
}

/** A session without a link: tests say what its worker does. */
export class FakeSession implements AdapterSession {
  readonly identity: WorkerIdentity;
  readonly channelId = 1;
  state: SessionState = 'open';
  leaving = false;
  writable = true;
  /** Every request that was opened, in order. */
  readonly streams: FakeStream[] = [];
  /** "open /path", "drain", "resume" in the order they went into the stream, and "resumed" when the worker acknowledged. */
  readonly frames: string[] = [];
  /** What the worker does with a request it gets; nothing by itself. */
  onOpen: (stream: FakeStream) => void = () => {};
  readonly pings: Deferred<number>[] = [];
  private readonly live = new Set<FakeStream>();
  private resuming: Deferred<void>[] = [];
  private waiters: { readonly count: number; readonly done: Deferred<void> }[] = [];

  constructor(identity: Partial<WorkerIdentity> = {}) {
    const generation = identity.generation ?? 1;
    this.identity = {
      workerId: `w${generation}`,
      poolIdentity: 'shop',
      pool: 'shop',
      slot: 'shop/1',
      generation,
      channels: ['a1/1'],
      role: 'activation',
      ...identity,
    };
  }

  get inFlight(): number {
    return this.live.size;
  }

  /** Requests that are open, oldest first. */
  get openStreams(): readonly FakeStream[] {
    return [...this.live];
  }

  open(head: RequestHead, ended: boolean, handler: ResponseHandler): RequestStream {
    const stream = new FakeStream(this, this.streams.length + 1, head, ended, handler);
    this.streams.push(stream);
    this.live.add(stream);
    this.frames.push(`open ${head.url}`);
    for (const waiter of this.waiters) if (this.streams.length >= waiter.count) waiter.done.resolve();
    this.onOpen(stream);
    return stream;
  }

  handlers(): ResponseHandler[] {
    return [...this.live].map(({ handler }) => handler);
  }

  drain(): void {
    if (this.frames.at(-1) !== 'drain') this.frames.push('drain');
  }

  resume(): Promise<void> {
    this.frames.push('resume');
    const done = defer();
    this.resuming.push(done);
    return done.promise;
  }

  ping(): Promise<number> {
    const done = defer<number>();
    this.pings.push(done);
    return done.promise;
  }

  close(cause: 'WORKER_DIED' | 'SESSION_CLOSED', text: string): void {
    this.state = 'closed';
    for (const stream of [...this.live]) stream.sendReset(cause, text);
  }

  forget(stream: FakeStream): void {
    this.live.delete(stream);
  }

  // ---- what tests do ----

  /** The worker acknowledges the resume frames it got. */
  async acknowledgeResume(): Promise<void> {
    if (this.resuming.length > 0 && this.frames.lastIndexOf('resume') > this.frames.lastIndexOf('drain')) this.frames.push('resumed');
    for (const done of this.resuming.splice(0)) done.resolve();
    await Promise.resolve();
  }

  /** Waits until the nth request was opened, and returns it. */
  async request(n = 1): Promise<FakeStream> {
    if (this.streams.length < n) {
      const done = defer();
      this.waiters.push({ count: n, done });
      await done.promise;
    }
    return this.streams[n - 1]!;
  }
}
