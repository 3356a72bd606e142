import { ERROR_NUMBERS } from '../../constants/error-codes.ts';
import { HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE, HSE_EXEC_URL_NO_HEADERS } from '../../constants/isapi.ts';
import { errorNameOf } from '../../errors/from-node.ts';
import { harmless } from '../../errors/harmless.ts';
import { HostError } from '../../errors/host-error.ts';
import type { ControlBlock } from '../control-block.ts';
import type { ChildOptions } from '../extension-services.ts';
import type { ExecUrlInfo, ExecUrlStatus } from '../requests.ts';
import { targetOf } from './child-target.ts';
import { mustBeObject } from './must-be-object.ts';

/** HSE_REQ_EXEC_URL. */
export function execUrl(block: ControlBlock, info: ExecUrlInfo): void {
  mustBeObject(info);
  const { operation, output, req, res } = block;
  const { flags = 0 } = info;
  mustBeExecFlags(flags);
  const run = executorOf(block, 'HSE_REQ_EXEC_URL');
  const target = targetOf(req, info);
  operation.mustBeFree();
  block.mustSend(0);
  const noHeaders = (flags & HSE_EXEC_URL_NO_HEADERS) !== 0;
  mustLeaveHead(block, noHeaders);
  const ticket = operation.begin('child request');
  if (output.gone) return void operation.complete(ticket, 0, output.gone);
  if (noHeaders) output.commitHead();
  else output.handOver();
  const ended = (execStatus: ExecUrlStatus): void => {
    if (operation.isRunning(ticket)) {
      block.execStatus = execStatus;
      if (!noHeaders) output.endChild(execStatus.win32Error === 0);
    }
    operation.complete(ticket, 0, execStatus.win32Error);
  };
  const childOutput = outputFor(block, () => operation.isRunning(ticket));
  run(req, res, target, { noHeaders, output: childOutput }).then(
    (httpStatusCode) => ended({ httpStatusCode, httpSubStatus: 0, win32Error: 0 }),
    (error: unknown) => ended({ httpStatusCode: 500, httpSubStatus: 0, win32Error: ERROR_NUMBERS[errorNameOf(error)] }),
  );
}

/** HSE_REQ_SEND_URL. */
export function sendUrl(block: ControlBlock, url: string): Promise<void> {
  const run = executorOf(block, 'HSE_REQ_SEND_URL');
  const target = targetOf(block.req, { url, method: 'GET' });
  block.mustSend(0);
  block.mustBeConnected();
  mustLeaveHead(block, false);
  const id = block.connId;
  block.isSending = true;
  block.output.handOver();
  const output = outputFor(block, () => block.connId === id);
  const ended = (isWhole: boolean): void => {
    if (block.connId !== id) return;
    block.isSending = false;
    block.output.endChild(isWhole);
  };
  return harmless(
    run(block.req, block.res, target, { noHeaders: false, output }).then(
      () => ended(true),
      (error: unknown) => {
        ended(false);
        throw error;
      },
    ),
  );
}

/** Bytes of a child go the way of the extension's own, and are counted with them. The block may serve another request when the child writes on. */
function outputFor({ output }: ControlBlock, isItsOwn: () => boolean): ChildOptions['output'] {
  const mustBeItsOwn = (): void => {
    if (!isItsOwn()) throw new HostError('ERROR_OPERATION_ABORTED', 'the request that the child was run for has ended');
  };
  return {
    writeHead(head) {
      mustBeItsOwn();
      output.commitChild(head);
    },
    write(bytes, taken) {
      try {
        mustBeItsOwn();
        output.mustTake(bytes.length);
        output.write(bytes, taken);
      } catch (error) {
        taken(error as Error);
      }
    },
  };
}

/** HSE_REQ_GET_EXEC_URL_STATUS. */
export function execUrlStatus(block: ControlBlock): ExecUrlStatus {
  if (block.execStatus) return block.execStatus;
  throw new HostError('ERROR_INVALID_PARAMETER', 'no HSE_REQ_EXEC_URL of this request has completed: ask in its completion routine');
}

function executorOf(block: ControlBlock, name: string): NonNullable<ControlBlock['owner']['services']['executeRequest']> {
  const { services } = block.owner;
  if (services.executeRequest) return services.executeRequest.bind(services);
  throw new HostError(
    'ERROR_NOT_SUPPORTED',
    `${name} is not supported where the extension is served by itself: it needs the site around it`,
  );
}

const EXEC_FLAGS = HSE_EXEC_URL_NO_HEADERS | HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE;

function mustBeExecFlags(flags: number): void {
  if (!Number.isInteger(flags)) throw new HostError('ERROR_INVALID_PARAMETER', `expected flags HSE_EXEC_URL_*, got ${String(flags)}`);
  const others = flags & ~EXEC_FLAGS;
  if (others === 0) return;
  throw new HostError(
    'ERROR_NOT_SUPPORTED',
    `HSE_REQ_EXEC_URL knows HSE_EXEC_URL_NO_HEADERS and IGNORE_VALIDATION_AND_RANGE; 0x${others.toString(16)} has no meaning here, where there is one app, no interceptor and no cache: leave it out`,
  );
}

function mustLeaveHead({ output }: ControlBlock, noHeaders: boolean): void {
  if (noHeaders || (!output.hasHead && output.sent === 0)) return;
  throw new HostError('ERROR_INVALID_PARAMETER', 'a head was sent, and the child would send its own: give HSE_EXEC_URL_NO_HEADERS');
}
