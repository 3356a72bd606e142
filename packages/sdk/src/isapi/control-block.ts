import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERROR_NUMBERS, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { type ExtensionStatus, HSE_STATUS_ERROR, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS_AND_KEEP_CONN } from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import type { LogLevel } from '../server/server-host.ts';
import type { BlockOwner } from './block-owner.ts';
import type { IoCompletion } from './completion.ts';
import type { ExtensionControlBlock } from './extension-control-block.ts';
import { goneError } from './gone-error.ts';
import { Input } from './input.ts';
import { logBlock } from './log-block.ts';
import { isFinalStatus, nameOfStatus } from './name-of-status.ts';
import { Operation } from './operation.ts';
import { Output } from './output.ts';
import type { ExecUrlStatus } from './requests.ts';

/**
 * The memory of a control block: one request's state, pooled.
 *
 * - An extension never holds it, but a handle with the number of its request (`connId`); a handle whose number is not the block's any more is refused.
 * - It is free when the session has ended, httpExtensionProc has returned, no operation is outstanding, and the response is out or its connection broken.
 * - An extension has shutdownTimeLimit for what it owes behind the request's end; then the host ends the session, and the block serves no other request.
 */
export class ControlBlock {
  readonly owner: BlockOwner;
  readonly input = new Input();
  readonly output = new Output();
  readonly operation: Operation;
  /** Number of the request whose session is open; 0 = none. */
  connId = 0;
  req!: IncomingMessage;
  res!: ServerResponse;
  handle!: ExtensionControlBlock;
  data: Buffer = Buffer.alloc(0);
  logData = '';
  logParameters = '';
  /** Of HSE_REQ_IO_COMPLETION. */
  routine: IoCompletion | undefined = undefined;
  context: unknown = undefined;
  /** Of the outstanding operation only. */
  ownRoutine: IoCompletion | undefined = undefined;
  ownContext: unknown = undefined;
  execStatus: ExecUrlStatus | undefined = undefined;
  /** A synchronous send that takes several turns is under way. */
  isSending = false;
  /** Ends the synchronous read that waits. */
  endRead: ((error: number) => void) | undefined = undefined;
  /** The host has ended the session of this request, so long behind it: the block's last one. */
  abandoned: { readonly connId: number; readonly afterMs: number } | undefined = undefined;

  #id = 0;
  /** httpExtensionProc has not returned, or its promise not settled. */
  #isEntered = false;
  /** The response is out, or its connection broken. */
  #isOut = false;
  /** Ends the session as soon as the outstanding operation has ended. */
  #endStatus: ExtensionStatus | undefined = undefined;
  #owedTimer: NodeJS.Timeout | undefined = undefined;

  constructor(owner: BlockOwner) {
    this.owner = owner;
    this.operation = new Operation(owner.services.pool, this.#deliver);
    this.operation.name = `${owner.name} completion`;
  }

  /** Takes a request under a number of its own. */
  open(connId: number, req: IncomingMessage, res: ServerResponse): void {
    this.#id = connId;
    this.connId = connId;
    this.req = req;
    this.res = res;
    this.#isOut = false;
    this.output.open(res, req.method ?? 'GET');
    res.on('close', this.#onClose);
  }

  /** Calls the extension. */
  enter(handle: ExtensionControlBlock, proc: (ecb: ExtensionControlBlock) => unknown): void {
    this.handle = handle;
    this.#isEntered = true;
    let status: unknown;
    try {
      status = proc(handle);
    } catch (error) {
      return void this.#failProc(error);
    }
    if (typeof status !== 'object' || status === null) return void this.#returned(status);
    Promise.resolve(status as PromiseLike<unknown>).then(this.#returned, this.#failProc);
  }

  /** Throws when bytes cannot be sent now: a send is under way, or the response has been ended or would grow too long. */
  mustSend(bytes: number): void {
    if (this.isSending) throw new HostError('ERROR_INVALID_PARAMETER', 'a synchronous send is under way: await it before the next send');
    if (this.operation.isOutstanding && this.operation.kind !== 'read') this.operation.mustBeFree();
    this.output.mustTake(bytes);
  }

  /** Throws when the connection is gone. */
  mustBeConnected(): void {
    const { gone } = this.output;
    if (gone) throw goneError(gone);
  }

  /** Closes the client's connection now. */
  closeConnection(): void {
    if (this.output.gone) return;
    this.#lose(ERROR_NUMBERS.ERROR_NETNAME_DELETED);
    this.output.breakOff();
  }

  /** Ends the session (HSE_REQ_DONE_WITH_SESSION). */
  done(status: ExtensionStatus): void {
    this.operation.mustBeFree();
    this.#end(status);
  }

  // ---- the routine ------------------------------------------------------------------------------------------------

  readonly #deliver = (bytes: number, error: number): unknown => {
    const routine = this.ownRoutine ?? this.routine;
    const context = this.ownContext ?? this.context;
    this.ownRoutine = undefined;
    this.ownContext = undefined;
    if (routine === undefined) {
      this.#afterOperation();
      return undefined;
    }
    const id = this.#id;
    let result: unknown;
    try {
      result = routine(this.handle, context, bytes, error);
    } catch (failure) {
      this.#failRoutine(id, failure);
      return undefined;
    }
    this.#afterOperation();
    if (typeof result !== 'object' || result === null) return undefined;
    return Promise.resolve(result as PromiseLike<unknown>).then(undefined, (failure: unknown) => this.#failRoutine(id, failure));
  };

  #failRoutine(id: number, failure: unknown): void {
    if (id !== this.#id) return void this.#log('error', `completion routine of request ${id} failed behind its end`, failure);
    this.#fail('completion routine', failure);
    this.#freeIfEnded();
  }

  #afterOperation(): void {
    if (this.#endStatus !== undefined && !this.operation.isOutstanding) this.#end(this.#endStatus);
    this.#freeIfEnded();
  }

  // ---- the end ----------------------------------------------------------------------------------------------------

  readonly #failProc = (error: unknown): void => {
    this.#isEntered = false;
    this.#fail('httpExtensionProc', error);
    this.#freeIfEnded();
  };

  readonly #returned = (status: unknown): void => {
    this.#isEntered = false;
    if (this.connId === 0) {
      if (status !== HSE_STATUS_PENDING && !this.abandoned) {
        this.#log(
          'warn',
          `httpExtensionProc returned ${nameOfStatus(status)} behind HSE_REQ_DONE_WITH_SESSION; return HSE_STATUS_PENDING then`,
        );
      }
    } else if (isFinalStatus(status)) {
      if (status === HSE_STATUS_ERROR) this.#log('error', 'httpExtensionProc returned HSE_STATUS_ERROR');
      this.#endOnceFree(status);
    } else if (status !== HSE_STATUS_PENDING) {
      this.#fail('httpExtensionProc', new HostError('ERROR_INVALID_DATA', `expected HSE_STATUS_*, got ${nameOfStatus(status)}`));
    }
    this.#freeIfEnded();
  };

  #fail(place: string, error: unknown): void {
    this.#log('error', `${place} failed`, error);
    if (this.connId !== 0) this.#endOnceFree(HSE_STATUS_ERROR);
  }

  #endOnceFree(status: ExtensionStatus): void {
    if (!this.operation.isOutstanding) return void this.#end(status);
    this.#endStatus = status;
    // Nobody will say what is to become of the response: it ends here.
    if (status === HSE_STATUS_ERROR) this.closeConnection();
  }

  #end(status: ExtensionStatus): void {
    this.connId = 0;
    this.#endStatus = undefined;
    this.endRead?.(ERROR_NUMBERS.ERROR_OPERATION_ABORTED);
    const { output } = this;
    if (status === HSE_STATUS_ERROR) {
      output.fail();
    } else if (!output.finish()) {
      const kept = status === HSE_STATUS_SUCCESS_AND_KEEP_CONN ? 'HSE_STATUS_SUCCESS_AND_KEEP_CONN needs what the head promised; ' : '';
      this.#log('warn', `${kept}the response is shorter than its Content-Length, or was cut: its connection is broken`);
    }
    if (this.logData || this.logParameters) {
      this.#log('info', 'extension request', undefined, {
        logData: this.logData,
        parameters: this.logParameters,
        status: output.statusCode,
      });
    }
    this.input.close();
    this.#freeIfEnded();
  }

  readonly #onClose = (): void => {
    this.res.removeListener('close', this.#onClose);
    this.#isOut = true;
    if (!this.output.gone && !this.res.writableFinished) this.#lose(ERROR_NUMBERS.ERROR_OPERATION_ABORTED);
    this.#freeIfEnded();
    if (this.#id === 0) return;
    this.owner.onOwed();
    this.#waitForExtension();
    // Behind its response Node tells a request no more that the connection broke.
    if (this.#isBodyComing) this.req.socket.once('close', this.#onBroken.bind(this, this.#id));
  };

  get #isBodyComing(): boolean {
    const { complete, destroyed, socket } = this.req;
    return !complete && !destroyed && !socket.destroyed;
  }

  #onBroken(id: number): void {
    if (id === this.#id && !this.output.gone) this.#lose(ERROR_NUMBERS.ERROR_OPERATION_ABORTED);
  }

  #waitForExtension(): void {
    const limitMs = this.owner.services.server.getWorkerProcessSettings().shutdownTimeLimitMs;
    this.#owedTimer = setTimeout(this.#abandon, limitMs, limitMs);
    this.#owedTimer.unref();
  }

  /** The extension has had its time. What is outstanding ends, and its routine is called once as ever, with a handle of an ended session. */
  readonly #abandon = (limitMs: number): void => {
    // A body that still comes keeps the request: its own deadline ends that.
    if (this.#isBodyComing) {
      this.#waitForExtension();
      return;
    }
    const what = this.#isEntered ? 'httpExtensionProc has not returned' : 'HSE_REQ_DONE_WITH_SESSION was not said';
    this.#log('error', `${what} within shutdownTimeLimit behind the end of the request, ${limitMs} ms: the host has ended the session`);
    this.abandoned = { connId: this.#id, afterMs: limitMs };
    this.owner.onAbandoned();
    this.operation.cancel(ERROR_NUMBERS.ERROR_OPERATION_ABORTED);
    if (this.connId !== 0) this.#end(HSE_STATUS_ERROR);
    this.#isEntered = false;
    this.#freeIfEnded();
  };

  /** Nothing can be sent or read any more; what is outstanding ends with `error`. */
  #lose(error: number): void {
    this.output.gone = error;
    this.operation.cancel(error);
    this.endRead?.(ERROR_SUCCESS);
  }

  #freeIfEnded(): void {
    if (!this.#isOut || this.#isEntered || this.operation.isOutstanding || this.#id === 0) return;
    // A client that left before the extension was called ends the session with it.
    if (this.connId !== 0 && this.handle !== undefined) return;
    const wasOwed = this.#owedTimer !== undefined;
    this.#clear();
    this.owner.onFree(this, wasOwed);
  }

  /** Nothing of a request is left behind for the next one. */
  #clear(): void {
    clearTimeout(this.#owedTimer);
    this.#owedTimer = undefined;
    this.#id = 0;
    this.connId = 0;
    this.input.close();
    this.output.close();
    this.req = undefined as never;
    this.res = undefined as never;
    this.handle = undefined as never;
    this.data = Buffer.alloc(0);
    this.logData = '';
    this.logParameters = '';
    this.routine = undefined;
    this.context = undefined;
    this.ownRoutine = undefined;
    this.ownContext = undefined;
    this.execStatus = undefined;
    this.isSending = false;
    this.endRead = undefined;
    this.#endStatus = undefined;
  }

  #log(level: LogLevel, message: string, error?: unknown, fields?: Record<string, unknown>): void {
    logBlock(this, this.#id, level, message, error, fields);
  }
}
