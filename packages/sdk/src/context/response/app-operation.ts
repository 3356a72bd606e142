/** What an app did to its response. */
export const WRITE = 0;
export const END = 1;
export const FLUSH_HEADERS = 2;

/** A write, an end or a flush of the app that waits for modules, or for what is before it. */
export class AppOperation {
  readonly kind: number;
  readonly chunk: string | Uint8Array | null | undefined;
  readonly encoding: BufferEncoding | null | undefined;
  readonly callback: ((error?: Error | null) => void) | undefined;

  constructor(
    kind: number,
    chunk: string | Uint8Array | null | undefined,
    encoding: BufferEncoding | null | undefined,
    callback: ((error?: Error | null) => void) | undefined,
  ) {
    this.kind = kind;
    this.chunk = chunk;
    this.encoding = encoding;
    this.callback = callback;
  }

  /** Bytes of entity in it. */
  get length(): number {
    const { chunk } = this;
    if (chunk === null || chunk === undefined) return 0;
    return typeof chunk === 'string' ? Buffer.byteLength(chunk, this.encoding ?? undefined) : chunk.byteLength;
  }

  /** It is not sent: its caller hears of an end all the same, on the next tick. */
  drop(error: Error | null = null): void {
    if (this.callback) process.nextTick(this.callback, error);
  }
}
