import { fstatSync } from 'node:fs';
import { fromNode } from '../errors/from-node.ts';
import { HostError } from '../errors/host-error.ts';
import type { OpenFile } from './requests.ts';

/** A part of an open file that is to be sent. */
export interface FilePart {
  readonly fd: number;
  /** Where the next read begins. */
  position: number;
  /** Bytes still to be read. */
  left: number;
}

/**
 * A part of an open file, checked against the length that the file has now; `size` 0 = to its end.
 *
 * - Throws WSAEINVAL (10022) when it begins or ends behind the end of the file, ERROR_INVALID_HANDLE for what is no open file,
 *   ERROR_INVALID_PARAMETER for numbers that are none.
 */
export function filePart(file: OpenFile, offset = 0, size = 0): FilePart {
  mustBeLength('offset', offset);
  mustBeLength('size', size);
  const fd = typeof file === 'number' ? file : file?.fd;
  if (!Number.isInteger(fd) || fd < 0) throw new HostError('ERROR_INVALID_HANDLE', `expected an open file, got ${describe(file)}`);
  const length = lengthOf(fd);
  if (offset > length || offset + size > length) {
    throw new HostError(
      'WSAEINVAL',
      `bytes ${offset} to ${offset + size} were asked for and the file has ${length}: begin and end within it`,
    );
  }
  return { fd, position: offset, left: size === 0 ? length - offset : size };
}

/** A synchronous fstat reads what the kernel has in memory of an open file: the call can be refused before anything has begun. */
function lengthOf(fd: number): number {
  let isFile: boolean;
  let size: number;
  try {
    const stats = fstatSync(fd);
    isFile = stats.isFile();
    size = stats.size;
  } catch (error) {
    throw fromNode(error, 'the file handle cannot be used');
  }
  if (!isFile)
    throw new HostError('ERROR_INVALID_HANDLE', 'expected an open file, got something without a length: read it and use writeClient');
  return size;
}

function mustBeLength(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new HostError('ERROR_INVALID_PARAMETER', `expected ${name} as a whole number of bytes, got ${String(value)}`);
}

const describe = (value: unknown): string => (typeof value === 'object' && value !== null ? 'one that was closed' : String(value));
