import { HostError } from '../../errors/host-error.ts';
import type { HostedContext } from '../hosted-context.ts';
import { BUFFER_LIMIT_BYTES } from '../response/entity.ts';
import type { ChildHead } from './child-head.ts';
import type { ResponseSink } from './memory-socket.ts';

/** Where a child's response goes. */
export interface ChildSink extends ResponseSink {
  /** It is run. `isKept`: it stays in memory; `isHeadless`: status and headers are left out. */
  begin(isKept: boolean, isHeadless: boolean): void;
  /** All of it is where it goes; throws when that failed. */
  settled(): Promise<void>;
  /** What was kept. */
  readonly entity: readonly Buffer[];
}

/** A child's response goes into what modules have given its parent's, or into memory. */
export class ChildResponse implements ChildSink {
  readonly #parent: HostedContext;
  #isKept = false;
  #isHeadless = false;
  #bytes = 0;
  #error: Error | undefined = undefined;
  #last: Promise<unknown> | undefined = undefined;
  readonly entity: Buffer[] = [];

  constructor(parent: HostedContext) {
    this.#parent = parent;
  }

  begin(isKept: boolean, isHeadless: boolean): void {
    this.#isKept = isKept;
    this.#isHeadless = isHeadless;
  }

  onHead({ statusCode, reason, fields }: ChildHead): void {
    const { response } = this.#parent;
    if (this.#isKept || this.#isHeadless || response.getHeadersSent()) return;
    response.setStatus(statusCode, reason);
    for (let index = 0; index < fields.length; index += 2) response.deleteHeader(fields[index]!);
    for (let index = 0; index < fields.length; index += 2) response.setHeader(fields[index]!, fields[index + 1]!, false);
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

  async settled(): Promise<void> {
    await this.#last;
    if (this.#error) throw this.#error;
  }
}
