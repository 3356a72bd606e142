import type * as HSE from '../constants/isapi.ts';
import type { TraceContext } from '../server/server-host.ts';
import type { WorkerProcessSettings } from '../server/worker-process-settings.ts';
import type { IoCompletion } from './completion.ts';
import type {
  CustomErrorInfo,
  ExecUrlInfo,
  ExecUrlStatus,
  HeaderFields,
  ResponseVector,
  SendHeaderInfo,
  TransmitFileInfo,
  UrlMapping,
} from './requests.ts';

/** What each code of serverSupportFunction takes and answers; those that are not here throw ERROR_NOT_SUPPORTED by name. */
export interface SupportFunctions {
  /** 302 to `url`, as the whole response. */
  [HSE.HSE_REQ_SEND_URL_REDIRECT_RESP](url: string): void;
  /** The response of another URL of this site, as the whole response. */
  [HSE.HSE_REQ_SEND_URL](url: string): Promise<void>;
  /** Superseded by HSE_REQ_SEND_RESPONSE_HEADER_EX. `status`: "200 OK". */
  [HSE.HSE_REQ_SEND_RESPONSE_HEADER](status?: string, headers?: HeaderFields): void;
  [HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX](info: SendHeaderInfo): void;
  /** Ends the session, exactly once; afterwards every use of the control block throws. */
  [HSE.HSE_REQ_DONE_WITH_SESSION](status?: HSE.FinalStatus): void;
  [HSE.HSE_REQ_MAP_URL_TO_PATH](url: string): string;
  [HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH](url: string): string;
  [HSE.HSE_REQ_MAP_URL_TO_PATH_EX](url: string): UrlMapping;
  [HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX](url: string): UrlMapping;
  /** Puts text behind the query in the request's line of the log. */
  [HSE.HSE_REQ_APPEND_LOG_PARAMETER](text: string): void;
  /** Sets the routine of asynchronous operations and its context, and does nothing else. The last setting wins; none = never called. */
  [HSE.HSE_REQ_IO_COMPLETION](routine: IoCompletion | null | undefined, context?: unknown): void;
  [HSE.HSE_REQ_TRANSMIT_FILE](info: TransmitFileInfo): void;
  [HSE.HSE_REQ_VECTOR_SEND](vector: ResponseVector): undefined | Promise<number>;
  /** Reads up to `size` bytes into `buffer`, which is the host's until the completion. `flags` must be HSE_IO_ASYNC, and a routine be set before. */
  [HSE.HSE_REQ_ASYNC_READ_CLIENT](buffer: Uint8Array, size?: number, flags?: number): void;
  /** Whether the client wants to keep its connection. */
  [HSE.HSE_REQ_IS_KEEP_CONN](): boolean;
  [HSE.HSE_REQ_IS_CONNECTED](): boolean;
  /** Closes the client's connection now; DONE_WITH_SESSION is still owed. */
  [HSE.HSE_REQ_CLOSE_CONNECTION](): void;
  /** The connection will be reset where it would be closed; DONE_WITH_SESSION is still owed. */
  [HSE.HSE_REQ_ABORTIVE_CLOSE](): void;
  /** Asynchronous: runs a request of this site, whose response becomes this one's. */
  [HSE.HSE_REQ_EXEC_URL](info: ExecUrlInfo): void;
  [HSE.HSE_REQ_EXEC_UNICODE_URL](info: ExecUrlInfo): void;
  /** Of the last HSE_REQ_EXEC_URL, once it has completed. */
  [HSE.HSE_REQ_GET_EXEC_URL_STATUS](): ExecUrlStatus;
  [HSE.HSE_REQ_SEND_CUSTOM_ERROR](info: CustomErrorInfo): void;
  /** HSE_APP_FLAG_*. */
  [HSE.HSE_REQ_IS_IN_PROCESS](): number;
  /** The next ping is a failure with this reason. Always true. */
  [HSE.HSE_REQ_REPORT_UNHEALTHY](reason?: string): true;
  /** Decodes %XX, turns backslashes round, and takes "." , ".." and doubled slashes out of a path. */
  [HSE.HSE_REQ_NORMALIZE_URL](url: string): string;
  /** True: heads go out at once, and not with the first bytes of the body. */
  [HSE.HSE_REQ_SET_FLUSH_FLAG](isFlushing: boolean): void;
  /** Ends the outstanding operation with ERROR_OPERATION_ABORTED; one that sends breaks the connection. */
  [HSE.HSE_REQ_CANCEL_IO](): void;
  [HSE.HSE_REQ_GET_TRACE_INFO](): TraceContext;
  [HSE.HSE_REQ_GET_TRACE_INFO_EX](): TraceContext;
  [HSE.HSE_REQ_GET_WORKER_PROCESS_SETTINGS](): WorkerProcessSettings;
}

/** A code that works here. */
export type SupportCode = keyof SupportFunctions;
