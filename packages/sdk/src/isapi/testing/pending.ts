import { HSE_REQ_DONE_WITH_SESSION, HSE_STATUS_PENDING } from '../../constants/isapi.ts';
import type { IoCompletion } from '../completion.ts';
import type { Extension } from '../extension.ts';
import type { ExtensionControlBlock } from '../extension-control-block.ts';

/** An extension that hands each control block on and returns HSE_STATUS_PENDING. */
export const pending = (start: (ecb: ExtensionControlBlock) => void): Extension => ({
  httpExtensionProc(ecb) {
    start(ecb);
    return HSE_STATUS_PENDING;
  },
});

/** A call of a completion routine. */
export interface Call {
  readonly ecb: ExtensionControlBlock;
  readonly context: unknown;
  readonly bytes: number;
  readonly error: number;
}

/** A completion routine that keeps its calls. */
export class Recorder {
  readonly calls: Call[] = [];
  #waiting: (() => void)[] = [];

  readonly routine: IoCompletion = (ecb, context, bytes, error) => {
    this.calls.push({ ecb, context, bytes, error });
    for (const look of this.#waiting.splice(0)) look();
  };

  /** Waits for the call with this number, from 1. */
  async call(number = this.calls.length + 1): Promise<Call> {
    while (this.calls.length < number) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.calls[number - 1]!;
  }
}

/** Ends a session. */
export const done = (ecb: ExtensionControlBlock): void => ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION);

/** How long a test waits for what must come, ms. */
const LIMIT_MS = 15_000;

/** Waits until a question is answered by yes; asked at each turn of the event loop. */
export async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`waited ${LIMIT_MS} ms in vain until ${isSo}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
