import { BatonError } from '@baton/core';

export interface Failure {
  readonly type: 'failed';
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly unrecoverable: boolean;
}

/** What a processor threw, in the form in which the adapter gives it to BullMQ; errors are known by their names, as BullMQ's sandbox knows them. */
export function failureOf(thrown: unknown): Failure {
  const error = isError(thrown) ? thrown : new Error(thrown === undefined ? 'the processor threw undefined' : String(thrown));
  const { message } = error;
  return {
    type: 'failed',
    name: nameOf(error),
    message: message === '' ? nameOf(error) : message,
    stack: error.stack ?? '',
    unrecoverable: nameOf(error) === 'UnrecoverableError',
  };
}

const isError = (thrown: unknown): thrown is Error =>
  thrown !== null && typeof thrown === 'object' && typeof (thrown as Error).message === 'string';

/** A subclass counts as its parent where BullMQ acts on the parent. */
function nameOf(error: Error): string {
  for (let kind = Object.getPrototypeOf(error); kind; kind = Object.getPrototypeOf(kind)) {
    const name = kind.constructor?.name;
    if (SPECIAL.has(name)) return name;
  }
  return error.name || 'Error';
}

const SPECIAL = new Set(['UnrecoverableError', 'DelayedError', 'RateLimitError', 'WaitingError', 'WaitingChildrenError']);

/** Why the signal of a job is aborted. */
export const abortReason = (cause: string, text: string): BatonError =>
  new BatonError(cause === 'DEADLINE' ? 'REQUEST_TIMEOUT' : 'CLIENT_CLOSED', `the job was cancelled: ${text || cause}`);
