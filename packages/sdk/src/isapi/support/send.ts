import { HSE_IO_DISCONNECT_AFTER_SEND, HSE_IO_FINAL_SEND, HSE_IO_NODELAY } from '../../constants/isapi.ts';
import { harmless } from '../../errors/harmless.ts';
import { HostError } from '../../errors/host-error.ts';
import type { IoCompletion } from '../completion.ts';
import type { ControlBlock } from '../control-block.ts';
import { goneError } from '../gone-error.ts';
import type { HeaderFields } from '../requests.ts';
import { type Part, Transfer, type TransferDone } from '../transfer.ts';

/** A head that goes out with a send. */
export interface SendHead {
  readonly status: string;
  readonly fields: HeaderFields | Uint8Array | undefined;
}

/** Starts a send that was checked; `done` is told its end, once. */
export type Send = (done: TransferDone) => Transfer;

/** Checks a send as a whole, so that one that is refused leaves no trace. `name`: the code that asks. */
export function prepareSend(block: ControlBlock, parts: readonly Part[], flags: number, name: string, head: SendHead | undefined): Send {
  const { output } = block;
  const bytes = parts.reduce((sum, part) => sum + (part instanceof Uint8Array ? part.length : part.left), 0);
  if (head) {
    block.mustSend(0);
    output.setHead(head.status, head.fields, true, bytes);
  } else {
    block.mustSend(bytes);
  }
  const disconnects = has(flags, HSE_IO_DISCONNECT_AFTER_SEND);
  const isLast = disconnects || has(flags, HSE_IO_FINAL_SEND);
  return (done) => {
    if (has(flags, HSE_IO_NODELAY)) output.setNoDelay();
    if (isLast) output.markLast(`${name} with ${disconnects ? 'HSE_IO_DISCONNECT_AFTER_SEND' : 'HSE_IO_FINAL_SEND'}`, disconnects);
    const behindHead = output.bytesBehindHead;
    output.commitHead(isLast && output.sent === 0 ? behindHead + bytes : -1);
    return new Transfer(output, block.owner.buffers, output.isBodyless ? [] : parts, (sent, error) => {
      if (error === 0 && isLast) output.endLast();
      done(error === 0 ? sent + behindHead : 0, error);
    });
  };
}

/** Runs it as the outstanding operation; `routine` and `context` are its own, where given. */
export function sendAsync(block: ControlBlock, send: Send, routine?: IoCompletion, context?: unknown): void {
  const { operation, output } = block;
  let transfer: Transfer | undefined;
  const ticket = operation.begin('send', (error) => transfer?.stop(error));
  block.ownRoutine = routine;
  block.ownContext = context;
  if (output.gone) return void operation.complete(ticket, 0, output.gone);
  try {
    transfer = send((bytes, error) => operation.complete(ticket, bytes, error));
  } catch (error) {
    operation.withdraw(ticket);
    throw error;
  }
  transfer.pump();
}

/** Runs it while the caller waits. */
export function sendSync(block: ControlBlock, send: Send): Promise<number> {
  const { output } = block;
  if (output.gone) return harmless(Promise.reject(goneError(output.gone)));
  const id = block.connId;
  block.isSending = true;
  return harmless(
    new Promise((resolve, reject) => {
      const transfer = send((bytes, error) => {
        if (block.connId === id) block.isSending = false;
        if (error === 0) resolve(bytes);
        else
          reject(output.gone ? goneError(output.gone) : new HostError('ERROR_GEN_FAILURE', `the send ended in its midst: error ${error}`));
      });
      transfer.pump();
    }),
  );
}

/** Throws ERROR_INVALID_PARAMETER when `flags` is none of `known`. */
export function mustBeFlags(flags: unknown, known: number, name: string): void {
  if (typeof flags === 'number' && Number.isInteger(flags) && (flags & ~known) === 0) return;
  throw new HostError('ERROR_INVALID_PARAMETER', `expected flags of ${name} (HSE_IO_*), got ${String(flags)}`);
}

export const has = (flags: number, flag: number): boolean => (flags & flag) !== 0;
