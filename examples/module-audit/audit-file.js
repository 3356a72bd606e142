import { open } from 'node:fs/promises';
import { ERROR_SUCCESS, Overlapped } from '@baton/sdk';

/**
 * A file of JSON lines, written through the host's thread pool.
 *
 * - Opened for appending, so that the workers of a pool, and those of two generations during a recycle, may share it: the system puts each write behind
 *   the last, whatever the offset says.
 * - One handle for the process, associated once; each line has an overlapped and a buffer of its own.
 */
export class AuditFile {
  #associated;

  static async open(server, path) {
    return new AuditFile(server, await open(path, 'a', 0o640));
  }

  constructor(server, file) {
    this.#associated = server.associateWithThreadPool(file, (error, bytes, overlapped) => overlapped.settle(error, bytes));
  }

  /** Settles when the line is in the file; rejects when it is not, or not whole. */
  write(record) {
    return new Promise((resolve, reject) => {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      const overlapped = new Overlapped();
      overlapped.settle = (error, bytes) => {
        if (error === ERROR_SUCCESS && bytes === line.length) resolve();
        else
          reject(
            new Error(
              `A line of the audit was not written whole (error ${error}, ${bytes} of ${line.length} bytes): look at the disk of the audit file`,
            ),
          );
      };
      this.#associated.write(line, overlapped);
    });
  }

  /** What is under way ends first as it may; the file is closed then. */
  close() {
    return this.#associated.close();
  }
}
