import type { IncomingMessage } from 'node:http';
import { HostError } from '../errors/host-error.ts';
import { EntityGate } from './entity-gate.ts';

/** Where the reader is found that waits for a request's body. */
const READER: unique symbol = Symbol('baton.reader');

interface ReadRequest extends IncomingMessage {
  [READER]?: EntityReader;
}

/**
 * Takes the place of `push` while a reader waits. A listener of 'readable' would make Node look for the end of an empty body by itself, and tell nobody
 * but us.
 */
function push(this: ReadRequest, chunk: unknown, encoding?: BufferEncoding): boolean {
  const more = Object.getPrototypeOf(this).push.call(this, chunk, encoding) as boolean;
  // Not at once: who pushes stops its source by what it is answered here, and a read before that would be forgotten.
  process.nextTick(wakeReader, this);
  return more;
}

function wakeReader(req: ReadRequest): void {
  req[READER]?.wake();
}

/** A read that waits for bytes. */
interface PendingRead {
  readonly resolve: (bytes: number) => void;
  readonly reject: (error: Error) => void;
  readonly buffer: Uint8Array;
}

/**
 * Reads a request's body for modules, and leaves its end unread: bytes can be put back as long as nobody has heard of the end.
 */
export class EntityReader {
  readonly #req: ReadRequest;
  /** Where modules of RQ_READ_ENTITY see the body. */
  readonly #gate: EntityGate | undefined;
  #pending: PendingRead | undefined = undefined;
  /** Bytes given to readers, less those put back. */
  consumed = 0;

  constructor(req: IncomingMessage) {
    this.#req = req;
    this.#gate = EntityGate.of(req);
  }

  /** Bytes of it in the buffer: at least one, or ERROR_HANDLE_EOF, ERROR_CONNECTION_INVALID. */
  async read(buffer: Uint8Array): Promise<number> {
    if (buffer.byteLength === 0)
      throw new HostError('ERROR_INVALID_PARAMETER', 'readEntityBody needs a buffer with room for a byte at least.');
    if (this.#pending) throw new HostError('ERROR_BUSY', 'A read of this entity is under way. Wait for it, or end it with cancelIo.');
    if (this.#gate?.isUndecided)
      throw new HostError('ERROR_BUSY', 'Bytes of this entity are with the modules of RQ_READ_ENTITY. Read when they have decided.');
    return await new Promise<number>((resolve, reject) => {
      this.#pending = { resolve, reject, buffer };
      if (this.#settle()) return;
      if (this.#gate) this.#gate.whenDelivered = this.wake;
      else {
        this.#req[READER] = this;
        this.#req.push = push;
      }
      // A client that waits for 100 before it sends its body waits for somebody to listen; this one reads without a listener.
      this.#req.emit('newListener', 'readable', this.wake);
      this.#req.on('close', this.wake);
    });
  }

  /** Puts bytes before the unread remainder. */
  insert(entity: Uint8Array): void {
    if (entity.byteLength === 0) return;
    if (this.#req.readableEnded || this.#req.destroyed)
      throw new HostError('ERROR_INVALID_STATE', 'The app has read this entity to its end. Insert before RQ_EXECUTE_REQUEST_HANDLER.');
    this.#req.unshift(entity);
    this.consumed -= entity.byteLength;
  }

  /** Ends the read that waits; false = there is none. */
  cancel(): boolean {
    if (!this.#pending) return false;
    this.#fail(new HostError('ERROR_OPERATION_ABORTED', 'The read was ended by cancelIo.'));
    return true;
  }

  /** Something has come, or nothing will any more. */
  readonly wake = (): void => void this.#settle();

  /** Settles the pending read if there is something to say. */
  #settle(): boolean {
    const req = this.#req;
    const pending = this.#pending;
    if (!pending) return true;
    if (req.readableLength === 0) this.#gate?.demand();
    const available = Math.min(req.readableLength, pending.buffer.byteLength);
    // Never more than is there: a read at the end would tell the app's listeners of it.
    const chunk: Buffer | string | null = available > 0 ? req.read(available) : null;
    if (chunk !== null) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      pending.buffer.set(bytes);
      this.consumed += bytes.byteLength;
      this.#done();
      pending.resolve(bytes.byteLength);
      return true;
    }
    if ((req.complete && !this.#gate?.isHolding) || req.readableEnded) {
      this.#fail(new HostError('ERROR_HANDLE_EOF', 'The entity is consumed: there is nothing left to read.'));
      return true;
    }
    if (!req.destroyed) return false;
    this.#fail(new HostError('ERROR_CONNECTION_INVALID', 'The client went away before the end of its entity.'));
    return true;
  }

  #fail(error: HostError): void {
    const pending = this.#pending;
    this.#done();
    pending?.reject(error);
  }

  #done(): void {
    this.#pending = undefined;
    this.#req.off('close', this.wake);
    if (this.#gate) this.#gate.whenDelivered = undefined;
    if (this.#req[READER] !== this) return;
    Reflect.deleteProperty(this.#req, READER);
    Reflect.deleteProperty(this.#req, 'push');
  }
}
