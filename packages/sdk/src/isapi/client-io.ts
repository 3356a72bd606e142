import { ERROR_NUMBERS, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { harmless } from '../errors/harmless.ts';
import { HostError } from '../errors/host-error.ts';
import type { ControlBlock } from './control-block.ts';
import { goneError } from './gone-error.ts';
import { LATER } from './input.ts';

/** How long a synchronous read waits for its first byte, whatever the configuration says, ms. */
const READ_LIMIT_MS = 60_000;

/** ReadClient. */
export function readClient(block: ControlBlock, buffer: Uint8Array): Promise<number> {
  mustBeBuffer(buffer, 1);
  const { input, operation } = block;
  if (operation.isOutstanding && operation.kind === 'read') operation.mustBeFree();
  if (input.isReading) throw new HostError('ERROR_INVALID_PARAMETER', 'a read is under way: await it before the next one');
  return harmless(new Promise((resolve, reject) => waitForRead(block, buffer, resolve, reject)));
}

function waitForRead(block: ControlBlock, buffer: Uint8Array, resolve: (bytes: number) => void, reject: (error: HostError) => void): void {
  const { input, output } = block;
  const stopWaiting = (): void => {
    clearTimeout(timer);
    block.endRead = undefined;
  };
  const giveUp = (error: number): void => {
    stopWaiting();
    input.cancelRead();
    if (error === ERROR_SUCCESS) resolve(0);
    else if (error === ERROR_NUMBERS.ERROR_TIMEOUT) reject(readTimeout());
    else reject(new HostError('ERROR_OPERATION_ABORTED', 'the session ended while this read waited: await it before the end'));
  };
  const timer = setTimeout(giveUp, READ_LIMIT_MS, ERROR_NUMBERS.ERROR_TIMEOUT);
  block.endRead = giveUp;
  const told = (read: number): void => {
    stopWaiting();
    resolve(read);
  };
  const bytes = output.gone ? input.readRest(buffer) : input.read(buffer, told);
  if (bytes === LATER) return;
  stopWaiting();
  resolve(bytes);
}

const readTimeout = (): HostError =>
  new HostError('ERROR_TIMEOUT', `the client has sent nothing for ${READ_LIMIT_MS / 1_000} s: read again or end the session`);

/** HSE_REQ_ASYNC_READ_CLIENT. */
export function readClientAsync(block: ControlBlock, buffer: Uint8Array): void {
  mustBeBuffer(buffer, 1);
  const { input, operation, output } = block;
  operation.mustBeFree();
  if (input.isReading) throw new HostError('ERROR_INVALID_PARAMETER', 'a read is under way: await it before the next one');
  const ticket = operation.begin('read', (error) => {
    input.cancelRead();
    operation.complete(ticket, 0, error);
  });
  const errorOf = (bytes: number): number => {
    if (bytes > 0 || input.isComplete) return ERROR_SUCCESS;
    return output.gone || ERROR_NUMBERS.ERROR_OPERATION_ABORTED;
  };
  const bytes = output.gone ? input.readRest(buffer) : input.read(buffer, (read) => operation.complete(ticket, read, errorOf(read)));
  if (bytes !== LATER) operation.complete(ticket, bytes, errorOf(bytes));
}

/** WriteClient with HSE_IO_SYNC. */
export function writeClient(block: ControlBlock, buffer: Uint8Array): Promise<number> {
  mustBeBuffer(buffer);
  block.mustSend(buffer.length);
  const { output } = block;
  if (output.gone) return harmless(Promise.reject(goneError(output.gone)));
  return harmless(
    new Promise((resolve, reject) => {
      output.write(buffer, (error) => {
        if (error) reject(goneError(output.gone || ERROR_NUMBERS.ERROR_OPERATION_ABORTED));
        else resolve(buffer.length);
      });
    }),
  );
}

/** WriteClient with HSE_IO_ASYNC. */
export function writeClientAsync(block: ControlBlock, buffer: Uint8Array): void {
  mustBeBuffer(buffer);
  const { operation, output } = block;
  operation.mustBeFree();
  block.mustSend(buffer.length);
  const ticket = operation.begin('send');
  if (output.gone) return void operation.complete(ticket, 0, output.gone);
  try {
    output.write(buffer, (error) => {
      if (error) operation.complete(ticket, 0, output.gone || ERROR_NUMBERS.ERROR_OPERATION_ABORTED);
      else operation.complete(ticket, buffer.length, ERROR_SUCCESS);
    });
  } catch (error) {
    operation.withdraw(ticket);
    throw error;
  }
}

function mustBeBuffer(buffer: unknown, least = 0): void {
  if (buffer instanceof Uint8Array && buffer.length >= least) return;
  if (buffer instanceof Uint8Array) throw new HostError('ERROR_INVALID_PARAMETER', 'expected room for a byte, got an empty buffer');
  throw new HostError('ERROR_INVALID_PARAMETER', `expected a Uint8Array, got ${buffer === null ? 'null' : typeof buffer}`);
}
