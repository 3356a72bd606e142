import { close, fstatSync, read, type Stats, write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { ERROR_HANDLE_EOF } from '../constants/error-codes.ts';
import { fromNode } from '../errors/from-node.ts';
import { HostError } from '../errors/host-error.ts';
import { type AssociationParts, HandleAssociation } from './handle-association.ts';
import type { Operation } from './operation.ts';
import type { OverlappedLike } from './overlapped.ts';

/**
 * A file. Its operations are those of fs.read and fs.write with their callbacks; they cannot be broken off, so an aborted one is told when it has
 * ended, and the file is closed only after the last: its number could be another file's before.
 */
export class FileAssociation extends HandleAssociation {
  readonly handle: FileHandle | number;
  readonly what: string;
  readonly #closeFile: () => Promise<void>;
  /** Which file it is: descriptors are given anew. */
  readonly #identity: string;
  #closing: Promise<void> | undefined;
  /** Operations that fs has not answered yet. */
  #running = 0;
  #idle: (() => void) | undefined;

  constructor(handle: FileHandle | number, parts: AssociationParts) {
    super(parts);
    this.handle = handle;
    const fd = fdOf(handle);
    this.what = `file ${fd}`;
    this.#identity = identityOf(checkFile(fd));
    if (typeof handle === 'number') this.#closeFile = () => promisify(close)(handle);
    else {
      const closeFile = handle.close;
      this.#closeFile = () => closeFile.call(handle);
      // the app closes its handle as it always did, and what is under way ends first
      Object.defineProperty(handle, 'close', { value: () => this.close(), configurable: true, writable: true });
    }
  }

  /** Whether the descriptor is still the file that was associated. */
  get isSame(): boolean {
    try {
      return identityOf(fstatSync(fdOf(this.handle))) === this.#identity;
    } catch {
      return false;
    }
  }

  read(buffer: Uint8Array, overlapped: OverlappedLike): void {
    const fd = this.#open('read');
    const position = positionOf(overlapped);
    const operation = this.accept(true, buffer, overlapped);
    this.#running++;
    try {
      read(fd, buffer, 0, buffer.byteLength, position, operation.ended);
    } catch (error) {
      this.#refuse(operation, error);
    }
  }

  write(buffer: Uint8Array, overlapped: OverlappedLike): void {
    const fd = this.#open('write');
    const position = positionOf(overlapped);
    if (typeof position === 'bigint')
      throw new HostError('ERROR_INVALID_PARAMETER', `write: Node writes at offsets up to 2 ** 53 - 1, ${position} came`);
    const operation = this.accept(false, buffer, overlapped);
    this.#running++;
    try {
      write(fd, buffer, 0, buffer.byteLength, position, operation.ended);
    } catch (error) {
      this.#refuse(operation, error);
    }
  }

  override ended(operation: Operation, cause: unknown, bytes: number): void {
    if (--this.#running === 0) this.#idle?.();
    if (!cause && bytes === 0 && operation.isRead && operation.buffer.byteLength > 0) this.finish(operation, ERROR_HANDLE_EOF, 0);
    else super.ended(operation, cause, bytes);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.cancelIo();
    if (this.#running > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    this.forget();
    await this.#closeFile();
  }

  #open(kind: string): number {
    const fd = fdOf(this.handle);
    if (this.#closing || fd < 0) this.refuseClosed(kind);
    return fd;
  }

  #refuse(operation: Operation, error: unknown): never {
    const what = operation.describe();
    this.#running--;
    this.withdraw(operation);
    throw fromNode(error, `${what} was refused`);
  }
}

export function fdOf(handle: FileHandle | number): number {
  return typeof handle === 'number' ? handle : handle.fd;
}

const MAX_OFFSET = 2n ** 63n - 1n;

function positionOf(overlapped: OverlappedLike): number | bigint {
  const offset = overlapped?.offset;
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset;
  if (typeof offset === 'bigint' && offset >= 0n && offset <= MAX_OFFSET)
    return offset <= Number.MAX_SAFE_INTEGER ? Number(offset) : offset;
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `offset: a position in the file was expected, 0 or more, a bigint above 2 ** 53; ${String(offset)} came`,
  );
}

/** Throws HostError for a descriptor that is not open, or whose reads would hold up the threads of libuv for as long as nothing comes. */
function checkFile(fd: number): Stats {
  let stats: Stats;
  try {
    stats = fstatSync(fd);
  } catch (error) {
    throw new HostError('ERROR_INVALID_HANDLE', `An open file was expected, ${fd} came`, { cause: error });
  }
  if (stats.isFile() || stats.isBlockDevice() || (stats.isCharacterDevice() && !isatty(fd))) return stats;
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `A file was expected, descriptor ${fd} is a directory, a pipe, a socket or a terminal. Make a stream of it: new net.Socket({ fd })`,
  );
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}
