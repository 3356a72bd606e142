import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** Bytes from memory (HttpDataChunkFromMemory). A string is UTF-8. */
export interface MemoryChunk {
  readonly type: 'memory';
  readonly data: string | Uint8Array;
}

/**
 * A part of a file (HttpDataChunkFromFileHandle).
 *
 * - `file`: its path, opened and closed by the response; or a handle, which stays open and may be closed once the request has ended.
 * - `length`: bytes; without it, to the end the file has when it is sent.
 */
export interface FileChunk {
  readonly type: 'file';
  readonly file: string | FileHandle;
  /** Bytes from the file's beginning. @default 0 */
  readonly offset?: number;
  readonly length?: number;
}

/**
 * What a stream gives until its end. `length`: its bytes, where they are known; a response of known length needs no chunked framing.
 *
 * - It is the response's, which destroys one that it does not send, until `clear` gives it back.
 */
export interface StreamChunk {
  readonly type: 'stream';
  readonly stream: Readable;
  readonly length?: number;
}

/** One piece of a response's entity (HTTP_DATA_CHUNK). A bare string or Uint8Array is one from memory. */
export type DataChunk = string | Uint8Array | MemoryChunk | FileChunk | StreamChunk;

/** Bytes sent at once, or a promise of them when the operation is still under way (the original's pfCompletionExpected). */
export type Sent = number | Promise<number>;
