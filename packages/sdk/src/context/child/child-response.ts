import type { ServerResponse } from 'node:http';
import { HostError } from '../../errors/host-error.ts';
import type { HostedContext } from '../hosted-context.ts';
import { BUFFER_LIMIT_BYTES } from '../response/entity.ts';
import type { ResponseSink } from './memory-socket.ts';

/** Say how an entity is framed on a connection, or belong to it; the parent's response has its own. */
const NOT_INHERITED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']);

/** Where a child's response goes: into its parent's, or into memory. */
export class ChildResponse implements ResponseSink {
  readonly #parent: HostedContext;
  #res: ServerResponse | undefined = undefined;
  #isKept = false;
  #isHeadless = false;
  #bytes = 0;
  #error: Error | undefined = undefined;
  #last: Promise<unknown> | undefined = undefined;
  /** What was kept. */
  readonly entity: Buffer[] = [];

  constructor(parent: HostedContext) {
    this.#parent = parent;
  }

  begin(res: ServerResponse, isKept: boolean, isHeadless: boolean): void {
    this.#res = res;
    this.#isKept = isKept;
    this.#isHeadless = isHeadless;
  }

  onHead(): void {
    const res = this.#res;
    const { response } = this.#parent;
    if (!res || this.#isKept || this.#isHeadless || response.getHeadersSent()) return;
    response.setStatus(res.statusCode, res.statusMessage);
    for (const name of res.getHeaderNames()) {
      if (NOT_INHERITED.has(name)) continue;
      const value = res.getHeader(name);
      response.deleteHeader(name);
      for (const one of Array.isArray(value) ? value : [String(value)]) response.setHeader(name, one, false);
    }
  }

  onEntity(bytes: Buffer, taken: (error?: Error | null) => void): void {
    if (this.#isKept) return void taken(this.#keep(bytes));
    try {
      const sent = this.#parent.response.append(bytes);
      if (typeof sent === 'number') return void taken();
      this.#last = sent.then(
        () => taken(),
        (error: Error) => this.#fail(error, taken),
      );
    } catch (error) {
      this.#fail(error as Error, taken);
    }
  }

  #fail(error: Error, taken: (error?: Error | null) => void): void {
    this.#error ??= error;
    taken(error);
  }

  #keep(bytes: Buffer): Error | null {
    this.#bytes += bytes.length;
    if (this.#bytes <= BUFFER_LIMIT_BYTES) {
      this.entity.push(bytes);
      return null;
    }
    this.#error ??= new HostError(
      'ERROR_NOT_ENOUGH_QUOTA',
      `A child with EXECUTE_FLAG_BUFFER_RESPONSE may answer with ${BUFFER_LIMIT_BYTES} bytes, and this one said more. Run it without the flag.`,
    );
    return this.#error;
  }

  /** All of it is where it goes; throws when that failed. */
  async settled(): Promise<void> {
    await this.#last;
    if (this.#error) throw this.#error;
  }
}
