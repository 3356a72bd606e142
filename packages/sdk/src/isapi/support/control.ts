import { ERROR_NUMBERS } from '../../constants/error-codes.ts';
import { type FinalStatus, HSE_IO_ASYNC, HSE_STATUS_SUCCESS } from '../../constants/isapi.ts';
import { HostError } from '../../errors/host-error.ts';
import { readClientAsync } from '../client-io.ts';
import type { IoCompletion } from '../completion.ts';
import type { ControlBlock } from '../control-block.ts';
import { isFinalStatus, nameOfStatus } from '../name-of-status.ts';
import { refused } from '../refused.ts';

/** HSE_REQ_IO_COMPLETION. */
export function setCompletion(block: ControlBlock, routine: IoCompletion | null | undefined, context?: unknown): void {
  if (routine !== null && routine !== undefined && typeof routine !== 'function') {
    throw refused(`expected a completion routine or null, got ${typeof routine}`);
  }
  block.routine = routine ?? undefined;
  block.context = context;
}

/** HSE_REQ_ASYNC_READ_CLIENT. */
export function asyncReadClient(block: ControlBlock, buffer: Uint8Array, size?: number, flags: number = HSE_IO_ASYNC): void {
  if (flags !== HSE_IO_ASYNC) throw refused(`HSE_REQ_ASYNC_READ_CLIENT takes HSE_IO_ASYNC, got ${String(flags)}: use readClient to wait`);
  if (block.routine === undefined) throw refused('no completion routine is set: say HSE_REQ_IO_COMPLETION before');
  if (size === undefined || !(buffer instanceof Uint8Array)) return void readClientAsync(block, buffer);
  if (!Number.isInteger(size) || size < 1 || size > buffer.length) {
    throw refused(`expected a size from 1 to the buffer's ${buffer.length} bytes, got ${String(size)}`);
  }
  readClientAsync(block, size === buffer.length ? buffer : buffer.subarray(0, size));
}

/** HSE_REQ_CANCEL_IO. */
export function cancelIo(block: ControlBlock): void {
  const { operation } = block;
  const { kind } = operation;
  if (!operation.cancel(ERROR_NUMBERS.ERROR_OPERATION_ABORTED)) {
    throw new HostError('ERROR_INVALID_HANDLE', 'no operation is outstanding, or its completion is on its way');
  }
  // A response that lacks a part of its midst cannot go on.
  if (kind !== 'read') block.closeConnection();
}

/** HSE_REQ_DONE_WITH_SESSION. */
export function doneWithSession(block: ControlBlock, status: FinalStatus = HSE_STATUS_SUCCESS): void {
  if (!isFinalStatus(status)) throw refused(`expected a status that ends the session, got ${nameOfStatus(status)}`);
  block.done(status);
}

/** HSE_REQ_APPEND_LOG_PARAMETER. */
export function appendLogParameter(block: ControlBlock, text: string): void {
  if (typeof text !== 'string') throw refused(`expected text, got ${typeof text}`);
  if (block.logParameters.length + text.length > LOG_PARAMETERS_LIMIT) {
    throw refused(`a request has at most ${LOG_PARAMETERS_LIMIT} characters of log parameters`);
  }
  block.logParameters += text;
}

/** Characters of log parameters that a request may have. */
const LOG_PARAMETERS_LIMIT = 4_096;
