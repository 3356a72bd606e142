import type { ChildHead } from './child-head.ts';
import type { ChildSink } from './child-response.ts';

/** The response of an app within which a child is run. */
export interface AppOutput {
  /** Takes the child's head for its own. */
  writeHead(head: ChildHead): void;
  /** Gives bytes of the child's entity on; `taken` when there is room for more, with an error when there is no place for them. */
  write(bytes: Buffer, taken: (error?: Error | null) => void): void;
}

/** A child's response is what the app itself answers with (HSE_REQ_EXEC_URL): nothing of it is kept, and its client's pace is the child's. */
export class AppSink implements ChildSink {
  readonly entity: readonly Buffer[] = [];
  readonly #output: AppOutput;
  #isHeadless = false;

  constructor(output: AppOutput) {
    this.#output = output;
  }

  begin(_isKept: boolean, isHeadless: boolean): void {
    this.#isHeadless = isHeadless;
  }

  onHead(head: ChildHead): void {
    if (!this.#isHeadless) this.#output.writeHead(head);
  }

  onEntity(bytes: Buffer, taken: (error?: Error | null) => void): void {
    this.#output.write(bytes, taken);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }
}
