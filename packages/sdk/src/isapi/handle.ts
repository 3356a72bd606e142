import { HSE_IO_ASYNC, HSE_IO_SYNC, HSE_VERSION } from '../constants/isapi.ts';
import { queryOf } from '../context/url.ts';
import { HostError } from '../errors/host-error.ts';
import { readClient, writeClient, writeClientAsync } from './client-io.ts';
import type { ControlBlock } from './control-block.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { readServerVariable } from './server-variables.ts';
import { callSupportFunction } from './support/call.ts';
import { decodedPathOf } from './url.ts';

/** Bytes of `logData` that are kept. */
const LOG_DATA_BYTES = 80;

/**
 * What an extension holds of a control block: a thin object of its own for each request, good while the block serves that request.
 *
 * - The block is used again by other requests; a handle kept too long is told apart by its number, which no other request has.
 */
export class ControlBlockHandle implements ExtensionControlBlock {
  readonly #block: ControlBlock;
  readonly #connId: number;

  constructor(block: ControlBlock, connId: number) {
    this.#block = block;
    this.#connId = connId;
  }

  /** The block behind a handle, for tests of the pool. */
  static blockOf(handle: ExtensionControlBlock): ControlBlock {
    return (handle as ControlBlockHandle).#block;
  }

  /** The block, while the session is open. */
  #open(): ControlBlock {
    const block = this.#block;
    if (block.connId === this.#connId) return block;
    const { abandoned } = block;
    if (abandoned?.connId === this.#connId) {
      throw new HostError(
        'ERROR_INVALID_HANDLE',
        `the host has ended the session of request ${this.#connId}, ${abandoned.afterMs} ms (shutdownTimeLimit) behind its request: say HSE_REQ_DONE_WITH_SESSION before`,
      );
    }
    throw new HostError(
      'ERROR_INVALID_HANDLE',
      `the session of request ${this.#connId} has ended and its control block may serve another one: use nothing of it behind HSE_REQ_DONE_WITH_SESSION`,
    );
  }

  get version(): number {
    this.#open();
    return HSE_VERSION;
  }
  get connId(): number {
    return this.#open().connId;
  }
  get httpStatusCode(): number {
    return this.#open().output.statusCode;
  }
  set httpStatusCode(code: number) {
    const block = this.#open();
    if (!Number.isInteger(code) || code < 200 || code > 999) {
      throw new HostError('ERROR_INVALID_PARAMETER', `expected a final status code, got ${String(code)}`);
    }
    block.output.statusCode = code;
  }
  get logData(): string {
    return this.#open().logData;
  }
  set logData(text: string) {
    this.#open().logData = cutBytes(String(text), LOG_DATA_BYTES);
  }
  get method(): string {
    return this.#open().req.method ?? '';
  }
  get queryString(): string {
    return queryOf(this.#open().req.url ?? '');
  }
  get pathInfo(): string {
    return decodedPathOf(this.#open().req.url ?? '/');
  }
  get pathTranslated(): string {
    const block = this.#open();
    try {
      return readServerVariable(block, 'PATH_TRANSLATED');
    } catch {
      return '';
    }
  }
  get totalBytes(): number {
    return this.#open().input.totalBytes;
  }
  get availableBytes(): number {
    return this.#open().data.length;
  }
  get data(): Buffer {
    return this.#open().data;
  }
  get contentType(): string {
    return this.#open().req.headers['content-type'] ?? '';
  }

  getServerVariable(name: string): string {
    return readServerVariable(this.#open(), name);
  }

  readClient(buffer: Uint8Array): Promise<number> {
    return readClient(this.#open(), buffer);
  }

  writeClient(buffer: Uint8Array, flags?: typeof HSE_IO_SYNC): Promise<number>;
  writeClient(buffer: Uint8Array, flags: typeof HSE_IO_ASYNC): undefined;
  writeClient(buffer: Uint8Array, flags: number = HSE_IO_SYNC): Promise<number> | undefined {
    const block = this.#open();
    if (flags === HSE_IO_SYNC) return writeClient(block, buffer);
    if (flags !== HSE_IO_ASYNC)
      throw new HostError('ERROR_INVALID_PARAMETER', `expected HSE_IO_SYNC or HSE_IO_ASYNC, got ${String(flags)}`);
    writeClientAsync(block, buffer);
    return undefined;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the interface says what each code takes and answers
  serverSupportFunction(code: number, ...args: unknown[]): any {
    return callSupportFunction(this.#open(), code, args);
  }
}

/** The longest beginning of a text that has so many bytes in UTF-8 and no half of a character. */
function cutBytes(text: string, limit: number): string {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  const bytes = Buffer.from(text);
  let end = limit;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
