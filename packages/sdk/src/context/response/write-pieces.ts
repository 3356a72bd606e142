import type { FileHandle } from 'node:fs/promises';
import { fromNode } from '../../errors/from-node.ts';
import { HostError } from '../../errors/host-error.ts';
import { END } from './app-operation.ts';
import { dropPiece, isApp, isMemory, openFiles, type Piece } from './entity.ts';
import { fitLength } from './fit-length.ts';
import type { Flush, FlushWaiter } from './flush.ts';
import { nativeOf, type RawResponse } from './raw-response.ts';
import type { ResponseOutput } from './response-output.ts';

/** Bytes read of a file at once. */
const READ_BYTES = 64 * 1024;

type Callback = (error?: Error | null) => void;

/** Where bytes go: the response, or the socket below it when the pieces hold the head themselves. */
interface Sink {
  write(data: string | Uint8Array, encoding: BufferEncoding | undefined, callback: Callback | undefined): boolean;
  readonly emitter: NodeJS.EventEmitter & { readonly destroyed: boolean };
}

/**
 * Sends a flush with files or streams in it, or one without a head: piece by piece, never more of it in memory than one read and what the client's
 * connection holds.
 *
 * - The head goes out with the first bytes: what fails before leaves room for another answer.
 */
export async function writePieces(output: ResponseOutput, flush: Flush): Promise<void> {
  const opened: { close(): Promise<void> }[] = [];
  try {
    flush.pieces = await openFiles(flush, opened);
    if (output.isClosed || !output.isUnderWay(flush)) return;
    if (output.owner.getHeadersSuppressed()) await writeRaw(output, flush);
    else await writeFramed(output, flush);
  } catch (error) {
    for (const piece of flush.pieces) if (!isApp(piece)) dropPiece(piece);
    throw fromNode(error, 'A piece of the response could not be sent');
  } finally {
    for (const file of opened) await file.close();
  }
}

async function writeFramed(output: ResponseOutput, flush: Flush): Promise<void> {
  const { res } = output;
  const wasHeadOut = output.isHeadOut;
  const begin = (): void => {
    if (output.isHeadOut) return;
    beginHead(output, flush);
    fitLength(res, flush, false);
  };
  const sink: Sink = {
    write: (data, encoding, callback) => {
      begin();
      return output.write(data, encoding, callback);
    },
    emitter: res,
  };
  let ended: Callback | undefined;
  for (const piece of flush.pieces) {
    flush.current = piece;
    if (isApp(piece) && piece.kind === END) ended = piece.callback;
    flush.bytes += await writePiece(sink, piece);
  }
  begin();
  if (!flush.endsResponse) {
    if (!wasHeadOut) nativeOf(res).flushHeaders.call(res);
    return;
  }
  output.end(flush, wasHeadOut, ended);
}

/** The pieces are a whole message: the connection carries nothing else. */
async function writeRaw(output: ResponseOutput, flush: Flush): Promise<void> {
  const { socket } = output.res;
  if (!socket) throw clientGone();
  const sink: Sink = {
    write: (data, encoding, callback) => {
      if (!output.isHeadOut) beginHead(output, flush);
      return socket.write(data, encoding, callback as () => void);
    },
    emitter: socket,
  };
  for (const piece of flush.pieces) {
    flush.current = piece;
    flush.bytes += await writePiece(sink, piece);
  }
  if (!output.isHeadOut) beginHead(output, flush);
  if (!flush.endsResponse) return;
  output.isEnded = true;
  socket.destroySoon();
}

/** From here on the answer is this one. Throws when another has taken its place while its first bytes were waited for. */
function beginHead(output: ResponseOutput, flush: Flush): void {
  if (!output.isUnderWay(flush)) throw new HostError('ERROR_OPERATION_ABORTED', 'Another answer has taken the place of this one.');
  output.uncoverHead();
}

/** Sends one piece; bytes of it. */
async function writePiece(sink: Sink, piece: Piece): Promise<number> {
  if (isMemory(piece)) return await send(sink, piece);
  if (isApp(piece)) {
    if (piece.chunk?.length)
      return await send(sink, piece.chunk, piece.encoding ?? undefined, piece.kind === END ? undefined : piece.callback);
    if (piece.kind !== END) piece.drop();
    return 0;
  }
  let bytes = 0;
  if (piece.type === 'file') {
    for await (const block of readBlocks(piece.file as FileHandle, piece.offset ?? 0, piece.length ?? 0)) bytes += await send(sink, block);
    return bytes;
  }
  const { length = Number.POSITIVE_INFINITY } = piece;
  for await (const block of piece.stream) {
    const data = typeof block === 'string' ? Buffer.from(block) : (block as Uint8Array);
    bytes += await send(sink, data.byteLength > length - bytes ? data.subarray(0, length - bytes) : data);
    if (bytes === length) break;
  }
  if (bytes < length && length !== Number.POSITIVE_INFINITY)
    throw new HostError('ERROR_HANDLE_EOF', `The stream ended after ${bytes} bytes; its piece says ${length}.`);
  return bytes;
}

async function* readBlocks(file: FileHandle, offset: number, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0; ) {
    // A block of its own each time: the one before may still be on its way.
    const block = Buffer.allocUnsafe(Math.min(READ_BYTES, left));
    const { bytesRead } = await file.read(block, 0, block.length, offset + length - left);
    if (bytesRead === 0) throw new HostError('ERROR_HANDLE_EOF', `The file has become shorter: ${left} of ${length} bytes are missing.`);
    left -= bytesRead;
    yield block.subarray(0, bytesRead);
  }
}

/** Gives bytes to the connection and waits while it takes no more. */
async function send(sink: Sink, data: string | Uint8Array, encoding?: BufferEncoding, callback?: Callback): Promise<number> {
  if (sink.emitter.destroyed) throw clientGone();
  const bytes = typeof data === 'string' ? Buffer.byteLength(data, encoding) : data.byteLength;
  if (bytes > 0) await given(sink, data, encoding, callback);
  return bytes;
}

/**
 * Gives bytes on; settles at once where there is room for more, else when they are on their way. Not by 'drain', which Node does not say of a response
 * that its app has ended.
 */
function given(sink: Sink, data: string | Uint8Array, encoding?: BufferEncoding, callback?: Callback): Promise<void> | undefined {
  let outcome: { readonly error: Error | null | undefined } | undefined;
  let ended = (): void => {};
  const hasRoom = sink.write(data, encoding, (error) => {
    outcome = { error };
    callback?.(error);
    ended();
  });
  // Nobody waits for it any more.
  if (hasRoom) return undefined;
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(clientGone());
    ended = () => {
      sink.emitter.off('close', closed);
      if (outcome?.error) reject(outcome.error);
      else resolve();
    };
    if (outcome) ended();
    else sink.emitter.once('close', closed);
  });
}

/** Settles at 'drain', or at 'finish' of a response that is ended meanwhile, of which Node says no 'drain'; rejects when the connection is gone. */
function roomIn(emitter: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => void emitter.off('drain', drained).off('finish', drained).off('close', closed);
    const drained = (): void => {
      leave();
      resolve();
    };
    const closed = (): void => {
      leave();
      reject(clientGone());
    };
    emitter.on('drain', drained).on('finish', drained).on('close', closed);
  });
}

const clientGone = (): HostError => new HostError('ERROR_CONNECTION_INVALID', 'The client went away before this was sent.');

/** Settles when a response that has ended is with the connection. */
function finished(res: RawResponse): Promise<void> {
  if (res.writableFinished) return Promise.resolve();
  return new Promise((resolve, reject) => {
    res.once('finish', resolve);
    res.once('close', () => reject(clientGone()));
  });
}

/**
 * Tells whoever waits for a flush that it is on its way: at once where there is room for more, else when there is, or when the response is out.
 *
 * - Asked of Node, not of what the last write answered: a file's last bytes may be out by now, and its 'drain' have been said.
 */
export function settle(res: RawResponse, { bytes }: Flush, waiter: FlushWaiter, isEnded: boolean): void {
  if (isEnded) void finished(res).then(() => waiter.resolve(bytes), waiter.reject);
  else if (res.writableNeedDrain) void roomIn(res).then(() => waiter.resolve(bytes), waiter.reject);
  else waiter.resolve(bytes);
}
