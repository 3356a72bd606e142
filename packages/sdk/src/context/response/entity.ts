import { open } from 'node:fs/promises';
import { HostError } from '../../errors/host-error.ts';
import type { ModuleAtWork } from '../context-run.ts';
import type { DataChunk, FileChunk, StreamChunk } from '../data-chunk.ts';
import { AppOperation } from './app-operation.ts';
import type { Flush } from './flush.ts';

/** One piece of a response, as it waits to be sent: an app's, or a module's. */
export type Piece = AppOperation | Uint8Array | FileChunk | StreamChunk;

/** Most pieces of one response (HTTP_DATA_CHUNK counts are 16 bits wide). */
export const MAX_CHUNKS = 65_535;

/** Bytes of modules in memory beyond which a response is not buffered any further (IIS: responseBufferLimit). */
export const BUFFER_LIMIT_BYTES = 4 * 1024 * 1024;

/** The module that has given a file or a stream. */
const givers = new WeakMap<Piece, string>();

/** In whose name an error of a piece is told. */
export const giverOf = (piece: Piece): string | undefined => givers.get(piece);

function keepGiver(piece: Piece, giver: string | undefined): void {
  if (giver !== undefined) givers.set(piece, giver);
}

/**
 * A chunk as a piece of the module at work. `copy`: memory is the caller's again afterwards.
 *
 * - A stream is the response's from here on: an error that it says before it is read is found when it is read, and ends no process.
 */
export function pieceOf(chunk: DataChunk, copy: boolean, by: ModuleAtWork): Piece {
  const data = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : chunk?.type === 'memory' ? chunk.data : undefined;
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return copy ? Buffer.from(data) : data;
  if (!isFile(chunk) && !isStream(chunk))
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `A piece of a response is a string, a Uint8Array, or an object of type "memory" with data, "file" with a path or a FileHandle as file, or "stream" with a stream that can be read; got ${describe(chunk)}.`,
    );
  checkRange(chunk);
  keepGiver(chunk, by.moduleAtWork);
  if (isStream(chunk)) chunk.stream.on('error', ignore);
  return chunk;
}

const isFile = (chunk: unknown): chunk is FileChunk => {
  const { type, file } = (chunk ?? {}) as Partial<FileChunk>;
  return type === 'file' && (typeof file === 'string' || typeof file?.stat === 'function');
};

const isStream = (chunk: unknown): chunk is StreamChunk => {
  const { type, stream } = (chunk ?? {}) as Partial<StreamChunk>;
  return type === 'stream' && typeof stream?.on === 'function' && typeof stream[Symbol.asyncIterator] === 'function';
};

const describe = (chunk: unknown): string =>
  typeof chunk === 'object' && chunk !== null
    ? `one of type ${JSON.stringify((chunk as { type?: unknown }).type)} with ${Object.keys(chunk).join(', ')}`
    : typeof chunk;

function ignore(): void {}

/** It is not sent: an app's caller hears of an end all the same, and a stream lets go of what it has open. */
export function dropPiece(piece: Piece, error: Error | null = null): void {
  if (isApp(piece)) piece.drop(error);
  else if (!isMemory(piece) && piece.type === 'stream') piece.stream.destroy();
}

function checkRange({ offset = 0, length = 0 }: { readonly offset?: number; readonly length?: number }): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length) || length < 0)
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `Offset and length of a piece are whole numbers of bytes from 0 on, not ${offset} and ${length}.`,
    );
}

export const isApp = (piece: Piece): piece is AppOperation => piece instanceof AppOperation;
export const isMemory = (piece: Piece): piece is Uint8Array => piece instanceof Uint8Array;

/** Bytes of a piece; NaN = nobody knows yet. */
export function lengthOf(piece: Piece): number {
  if (isMemory(piece)) return piece.byteLength;
  return piece.length ?? Number.NaN;
}

/** Bytes of all of them that a test picks; NaN = nobody knows yet. */
export function totalOf(pieces: readonly Piece[], isCounted: (piece: Piece) => boolean = () => true): number {
  let total = 0;
  for (const piece of pieces) if (isCounted(piece)) total += lengthOf(piece);
  return total;
}

/**
 * Opens the files of a response before anything of it is out, and finds their lengths.
 *
 * - ERROR_HANDLE_EOF: the file ends before the range does.
 */
export async function openFiles(flush: Flush, opened: { close(): Promise<void> }[]): Promise<Piece[]> {
  const ready: Piece[] = [];
  for (const piece of flush.pieces) {
    flush.current = piece;
    if (isApp(piece) || isMemory(piece) || piece.type !== 'file') {
      ready.push(piece);
      continue;
    }
    const { offset = 0 } = piece;
    let { file } = piece;
    if (typeof file === 'string') {
      file = await open(file);
      opened.push(file);
    }
    const { size } = await file.stat();
    const length = piece.length ?? Math.max(0, size - offset);
    if (offset + length > size)
      throw new HostError('ERROR_HANDLE_EOF', `The file has ${size} bytes; ${length} from ${offset} on were to be sent.`);
    const found: FileChunk = { type: 'file', file, offset, length };
    keepGiver(found, giverOf(piece));
    ready.push(found);
  }
  return ready;
}
