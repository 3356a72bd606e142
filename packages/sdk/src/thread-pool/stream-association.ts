import type { Duplex } from 'node:stream';
import { ERROR_NUMBERS, ERROR_OPERATION_ABORTED } from '../constants/error-codes.ts';
import { errorNameOf } from '../errors/from-node.ts';
import { HostError } from '../errors/host-error.ts';
import { type AssociationParts, checkNoOffset, HandleAssociation } from './handle-association.ts';
import type { Operation } from './operation.ts';
import type { OverlappedLike } from './overlapped.ts';

/**
 * A socket or a pipe. A read ends as soon as there is something, with what there is; 0 bytes mean that the other side has ended. Reads that wait are
 * filled in their order.
 *
 * - An error of the stream ends what is under way, and refuses what comes after; it is no uncaught exception any more.
 */
export class StreamAssociation extends HandleAssociation {
  readonly handle: Duplex;
  readonly what: string;
  readonly #reads: Operation[] = [];
  readonly #writes = new Set<Operation>();
  #isListening = false;

  constructor(handle: Duplex, parts: AssociationParts) {
    super(parts);
    this.handle = handle;
    this.what = handle.constructor.name === 'Socket' ? 'a socket' : 'a stream';
    if (handle.destroyed) this.refuseClosed('association');
    handle.on('error', ignore);
    handle.once('close', () => this.#end());
  }

  read(buffer: Uint8Array, overlapped: OverlappedLike): void {
    this.#checkOpen('read');
    checkNoOffset(overlapped, this.what);
    if (buffer?.byteLength === 0)
      throw new HostError('ERROR_INVALID_PARAMETER', 'read: a buffer of at least one byte was expected, an empty one came');
    const operation = this.accept(true, buffer, overlapped);
    this.keepScope(operation);
    this.#reads.push(operation);
    if (!this.#isListening) this.#listen();
    // the routine is never called from within read()
    process.nextTick(this.#fill);
  }

  write(buffer: Uint8Array, overlapped: OverlappedLike): void {
    this.#checkOpen('write');
    checkNoOffset(overlapped, this.what);
    if (this.handle.writableEnded)
      throw new HostError('ERROR_BROKEN_PIPE', `write: ${this.what} was ended by this side. No completion will come for this call`);
    const operation = this.accept(false, buffer, overlapped);
    this.keepScope(operation);
    this.#writes.add(operation);
    this.handle.write(buffer, (cause) => {
      // an operation is used again for later ones: one that 'close' has ended is not this one any more
      if (!this.#writes.delete(operation)) return;
      if (!cause && this.handle.destroyed) operation.isAborted = true;
      this.ended(operation, cause, operation.buffer.byteLength);
    });
  }

  async close(): Promise<void> {
    if (this.handle.closed) return;
    await new Promise<void>((resolve) => {
      this.handle.once('close', resolve);
      this.handle.destroy();
    });
  }

  /** A read that waits is taken from the queue; a write is told when the stream lets its memory go. */
  protected override abort(operation: Operation): void {
    const place = this.#reads.indexOf(operation);
    if (place === -1) return;
    this.#reads.splice(place, 1);
    process.nextTick(() => this.finish(operation, ERROR_OPERATION_ABORTED, 0));
  }

  protected override abortAll(): void {
    for (const operation of [...this.#reads]) this.abort(operation);
  }

  #listen(): void {
    this.#isListening = true;
    this.handle.on('readable', this.#fill);
    this.handle.once('end', this.#fill);
  }

  readonly #fill = (): void => {
    while (this.#reads.length > 0 && this.handle.readableLength > 0) {
      const operation = this.#reads[0]!;
      const bytes = this.handle.read(Math.min(operation.buffer.byteLength, this.handle.readableLength)) as Buffer | null;
      if (!bytes) break;
      this.#reads.shift();
      operation.buffer.set(bytes);
      this.ended(operation, undefined, bytes.byteLength);
    }
    if (this.#reads.length > 0 && this.handle.readableLength === 0) {
      // asks the stream to go on, and lets it say 'end'
      if (!this.handle.readableEnded) this.handle.read(0);
      if (this.handle.readableEnded) for (const operation of this.#reads.splice(0)) this.ended(operation, undefined, 0);
    }
  };

  /** The stream is closed, by whomever: its memory is let go, and nothing more comes. */
  #end(): void {
    this.handle.off('readable', this.#fill);
    const cause = this.handle.errored;
    const error = cause ? ERROR_NUMBERS[errorNameOf(cause)] : ERROR_OPERATION_ABORTED;
    const underWay = [...this.#reads.splice(0), ...this.#writes];
    this.#writes.clear();
    for (const operation of underWay) this.finish(operation, error, 0, cause ?? undefined);
    this.forget();
  }

  #checkOpen(kind: string): void {
    const { destroyed, errored } = this.handle;
    // a write that this side's close has broken off is an error of Node's stream too
    if (errored && errorNameOf(errored) !== 'ERROR_OPERATION_ABORTED')
      throw new HostError(
        errorNameOf(errored),
        `${kind}: ${this.what} has failed: ${errored.message}. No completion will come for this call`,
        {
          cause: errored,
        },
      );
    if (destroyed) this.refuseClosed(kind);
  }
}

/** Its cause reaches operations. */
function ignore(): void {}
