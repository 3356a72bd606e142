import type { DataChunk } from '../data-chunk.ts';
import type { SendResponseProvider } from '../providers.ts';
import { isApp, type Piece } from './entity.ts';
import type { ResponseOutput } from './response-output.ts';

/** Whoever waits for a flush. */
export interface FlushWaiter {
  resolve(bytes: number): void;
  reject(error: Error): void;
}

/** What is about to go out, while modules look at it. */
export class Flush implements SendResponseProvider {
  readonly output: ResponseOutput;
  readonly waiter: FlushWaiter | undefined;
  readonly #headersBeingSent: boolean;
  pieces: Piece[];
  /** The response ends with it. */
  isLast: boolean;
  /** A module has dropped what was there. */
  isCleared = false;
  /** A module has finished the request in it: the response ends here, whatever the app meant to say. */
  isFinished = false;
  /** Bytes of modules' entity in it that have been sent. */
  bytes = 0;
  /** The app was let in while it was on its way. */
  isFollowed = false;
  /** The piece that is being opened or sent. */
  current: Piece | undefined = undefined;
  /** It is on its way: nothing can be put into it any more. */
  isSending = false;

  constructor(output: ResponseOutput, pieces: Piece[], isLast: boolean, waiter: FlushWaiter | undefined) {
    this.output = output;
    this.waiter = waiter;
    this.#headersBeingSent = !output.isHeadOut;
    this.pieces = pieces;
    this.isLast = isLast;
  }

  get endsResponse(): boolean {
    return this.isLast || this.isFinished;
  }

  getHeadersBeingSent(): boolean {
    return this.#headersBeingSent;
  }
  getIsLastFlush(): boolean {
    return this.isLast;
  }
  getEntityChunks(): readonly DataChunk[] {
    const chunks: DataChunk[] = [];
    for (const piece of this.pieces) {
      if (!isApp(piece)) chunks.push(piece);
      else if (typeof piece.chunk === 'string') chunks.push(Buffer.from(piece.chunk, piece.encoding ?? undefined));
      else if (piece.chunk) chunks.push(piece.chunk);
    }
    return chunks;
  }
}
