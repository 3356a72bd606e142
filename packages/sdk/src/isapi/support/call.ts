import * as HSE from '../../constants/isapi.ts';
import { HostError } from '../../errors/host-error.ts';
import type { TraceContext } from '../../server/server-host.ts';
import type { ControlBlock } from '../control-block.ts';
import type { SupportCode, SupportFunctions } from '../support-functions.ts';
import { normalizeUrl } from '../url.ts';
import { execUrl, execUrlStatus, sendUrl } from './child.ts';
import { appendLogParameter, asyncReadClient, cancelIo, doneWithSession, setCompletion } from './control.ts';
import { sendCustomError, sendHeader, sendHeaderEx, sendRedirect } from './head.ts';
import { mapUrl, mapUrlEx } from './map-url.ts';
import { describeCode, NOT_SUPPORTED } from './table.ts';
import { transmitFile } from './transmit-file.ts';
import { vectorSend } from './vector-send.ts';

type Functions = {
  readonly [Code in SupportCode]: (block: ControlBlock, ...args: Parameters<SupportFunctions[Code]>) => ReturnType<SupportFunctions[Code]>;
};

const FUNCTIONS: Functions = {
  [HSE.HSE_REQ_SEND_URL_REDIRECT_RESP]: sendRedirect,
  [HSE.HSE_REQ_SEND_URL]: sendUrl,
  [HSE.HSE_REQ_SEND_RESPONSE_HEADER]: sendHeader,
  [HSE.HSE_REQ_DONE_WITH_SESSION]: doneWithSession,
  [HSE.HSE_REQ_MAP_URL_TO_PATH]: mapUrl,
  [HSE.HSE_REQ_APPEND_LOG_PARAMETER]: appendLogParameter,
  [HSE.HSE_REQ_IO_COMPLETION]: setCompletion,
  [HSE.HSE_REQ_TRANSMIT_FILE]: transmitFile,
  [HSE.HSE_REQ_IS_KEEP_CONN]: (block) => block.output.isKeepAlive,
  [HSE.HSE_REQ_ASYNC_READ_CLIENT]: asyncReadClient,
  [HSE.HSE_REQ_MAP_URL_TO_PATH_EX]: mapUrlEx,
  [HSE.HSE_REQ_ABORTIVE_CLOSE]: (block) => {
    block.output.isAbortive = true;
  },
  [HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX]: sendHeaderEx,
  [HSE.HSE_REQ_CLOSE_CONNECTION]: (block) => block.closeConnection(),
  [HSE.HSE_REQ_IS_CONNECTED]: (block) => block.output.isConnected,
  [HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH]: mapUrl,
  [HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX]: mapUrlEx,
  [HSE.HSE_REQ_EXEC_UNICODE_URL]: execUrl,
  [HSE.HSE_REQ_EXEC_URL]: execUrl,
  [HSE.HSE_REQ_GET_EXEC_URL_STATUS]: execUrlStatus,
  [HSE.HSE_REQ_SEND_CUSTOM_ERROR]: sendCustomError,
  [HSE.HSE_REQ_IS_IN_PROCESS]: () => HSE.HSE_APP_FLAG_IN_PROCESS,
  [HSE.HSE_REQ_REPORT_UNHEALTHY]: (block, reason = '') => {
    block.owner.services.server.reportUnhealthy(String(reason));
    return true;
  },
  [HSE.HSE_REQ_NORMALIZE_URL]: (_block, url) => normalizeUrl(url),
  [HSE.HSE_REQ_VECTOR_SEND]: vectorSend,
  [HSE.HSE_REQ_GET_TRACE_INFO]: traceOf,
  [HSE.HSE_REQ_SET_FLUSH_FLAG]: (block, isFlushing) => {
    block.output.isFlushing = isFlushing === true;
    if (isFlushing === true && block.output.hasHead) block.output.commitHead();
  },
  [HSE.HSE_REQ_GET_TRACE_INFO_EX]: traceOf,
  [HSE.HSE_REQ_GET_WORKER_PROCESS_SETTINGS]: (block) => block.owner.services.server.getWorkerProcessSettings(),
  [HSE.HSE_REQ_CANCEL_IO]: cancelIo,
};

/** ServerSupportFunction. */
export function callSupportFunction(block: ControlBlock, code: number, args: readonly unknown[]): unknown {
  if (Object.hasOwn(FUNCTIONS, code)) return Reflect.apply(FUNCTIONS[code as SupportCode], undefined, [block, ...args]);
  const row = NOT_SUPPORTED.get(code);
  if (row) throw new HostError('ERROR_NOT_SUPPORTED', `${row.name} is not supported: ${row.why}`);
  throw new HostError('ERROR_INVALID_PARAMETER', `expected a code HSE_REQ_*, got ${describeCode(code)}`);
}

/** Codes that work. */
export const workingCodes = (): number[] => Object.keys(FUNCTIONS).map(Number);

function traceOf(block: ControlBlock): TraceContext {
  const { contextOf, server } = block.owner.services;
  const trace = contextOf?.(block.req)?.getTraceContext() ?? server.getTraceContext();
  if (trace) return trace;
  throw new HostError('ERROR_NOT_SUPPORTED', 'HSE_REQ_GET_TRACE_INFO is not supported for this request: it is not traced');
}
