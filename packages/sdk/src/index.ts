/**
 * What an app may say to Baton and hear from it. No app has to: an unmodified server is hosted as it is.
 *
 * Without Baton (`node server.js`, tests) everything here is harmless: `recycleProcess` does nothing, no event is ever said, and the facts of
 * `worker` are empty.
 */
import { type BatonEvents, findHost } from './baton-host.ts';
import { server } from './server/current-server.ts';
import type { AssociableHandle, AssociatedHandle, CompletionRoutine, WorkerRoutine } from './thread-pool/associated-handle.ts';
import type { WorkerFacts } from './worker-facts.ts';

export type { BatonEvents, BatonHost } from './baton-host.ts';
export type { Connection, ConnectionFacts, HandleConnection } from './connection.ts';
export {
  CLONE_FLAG_BASICS,
  CLONE_FLAG_ENTITY,
  CLONE_FLAG_HEADERS,
  CLONE_FLAG_NO_DAV,
  CLONE_FLAG_NO_PRECONDITION,
  CLONE_FLAG_SERVER_VARIABLE,
  CLONE_FLAG_USER_CACHE_VARY_BY,
  EXECUTE_FLAG_BUFFER_RESPONSE,
  EXECUTE_FLAG_DISABLE_CUSTOM_ERROR,
  EXECUTE_FLAG_HTTP_CACHE_ELIGIBLE,
  EXECUTE_FLAG_IGNORE_APPPOOL,
  EXECUTE_FLAG_IGNORE_CURRENT_INTERCEPTOR,
  EXECUTE_FLAG_NO_HEADERS,
  EXECUTE_FLAG_SAME_URL,
} from './constants/child-flags.ts';
export {
  ERROR_HANDLE_EOF,
  ERROR_INVALID_PARAMETER,
  ERROR_MORE_DATA,
  ERROR_NETNAME_DELETED,
  ERROR_NOT_SUPPORTED,
  ERROR_NUMBERS,
  ERROR_OPERATION_ABORTED,
  ERROR_PROCESS_ABORTED,
  ERROR_SUCCESS,
  ERROR_UNHANDLED_EXCEPTION,
  type ErrorName,
  nameOfError,
} from './constants/error-codes.ts';
export {
  CACHE_OPERATION_ADD,
  CACHE_OPERATION_DELETE,
  CACHE_OPERATION_ENUM,
  CACHE_OPERATION_FLUSH_PREFIX,
  CACHE_OPERATION_RETRIEVE,
  GL_APPLICATION_PRELOAD,
  GL_APPLICATION_RESOLVE_MODULES,
  GL_APPLICATION_START,
  GL_APPLICATION_STOP,
  GL_CACHE_CLEANUP,
  GL_CACHE_OPERATION,
  GL_CONFIGURATION_CHANGE,
  GL_CUSTOM_NOTIFICATION,
  GL_FILE_CHANGE,
  GL_HEALTH_CHECK,
  GL_NOTIFICATION_CONTINUE,
  GL_NOTIFICATION_HANDLED,
  GL_PRE_BEGIN_REQUEST,
  GL_RSCA_QUERY,
  GL_STOP_LISTENING,
  GL_SUSPEND_PROCESS,
  GL_THREAD_CLEANUP,
  GL_TRACE_EVENT,
} from './constants/global-notifications.ts';
export {
  type ExtensionStatus,
  type FinalStatus,
  HSE_APP_FLAG_IN_PROCESS,
  HSE_APP_FLAG_ISOLATED_OOP,
  HSE_APP_FLAG_POOLED_OOP,
  HSE_EXEC_URL_DISABLE_CUSTOM_ERROR,
  HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE,
  HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR,
  HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE,
  HSE_EXEC_URL_NO_HEADERS,
  HSE_EXEC_URL_SSI_CMD,
  HSE_IO_ASYNC,
  HSE_IO_CACHE_RESPONSE,
  HSE_IO_DISCONNECT_AFTER_SEND,
  HSE_IO_FINAL_SEND,
  HSE_IO_NODELAY,
  HSE_IO_SEND_HEADERS,
  HSE_IO_SYNC,
  HSE_IO_TRY_SKIP_CUSTOM_ERRORS,
  HSE_REQ_ABORTIVE_CLOSE,
  HSE_REQ_APPEND_LOG_PARAMETER,
  HSE_REQ_ASYNC_READ_CLIENT,
  HSE_REQ_CANCEL_IO,
  HSE_REQ_CLOSE_CONNECTION,
  HSE_REQ_DONE_WITH_SESSION,
  HSE_REQ_EXEC_UNICODE_URL,
  HSE_REQ_EXEC_URL,
  HSE_REQ_GET_ANONYMOUS_TOKEN,
  HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK,
  HSE_REQ_GET_CERT_INFO_EX,
  HSE_REQ_GET_CHANNEL_BINDING_TOKEN,
  HSE_REQ_GET_CONFIG_OBJECT,
  HSE_REQ_GET_EXEC_URL_STATUS,
  HSE_REQ_GET_IMPERSONATION_TOKEN,
  HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK,
  HSE_REQ_GET_SSPI_INFO,
  HSE_REQ_GET_TRACE_INFO,
  HSE_REQ_GET_TRACE_INFO_EX,
  HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN,
  HSE_REQ_GET_WORKER_PROCESS_SETTINGS,
  HSE_REQ_IO_COMPLETION,
  HSE_REQ_IS_CONNECTED,
  HSE_REQ_IS_IN_PROCESS,
  HSE_REQ_IS_KEEP_CONN,
  HSE_REQ_MAP_UNICODE_URL_TO_PATH,
  HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX,
  HSE_REQ_MAP_URL_TO_PATH,
  HSE_REQ_MAP_URL_TO_PATH_EX,
  HSE_REQ_NORMALIZE_URL,
  HSE_REQ_RAISE_TRACE_EVENT,
  HSE_REQ_REFRESH_ISAPI_ACL,
  HSE_REQ_REPORT_UNHEALTHY,
  HSE_REQ_SEND_CUSTOM_ERROR,
  HSE_REQ_SEND_RESPONSE_HEADER,
  HSE_REQ_SEND_RESPONSE_HEADER_EX,
  HSE_REQ_SEND_URL,
  HSE_REQ_SEND_URL_REDIRECT_RESP,
  HSE_REQ_SET_FLUSH_FLAG,
  HSE_REQ_TRANSMIT_FILE,
  HSE_REQ_VECTOR_SEND,
  HSE_STATUS_ERROR,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS,
  HSE_STATUS_SUCCESS_AND_KEEP_CONN,
  HSE_TERM_ADVISORY_UNLOAD,
  HSE_TERM_MUST_UNLOAD,
  HSE_TOTAL_BYTES_UNKNOWN,
  HSE_URL_FLAGS_EXECUTE,
  HSE_URL_FLAGS_READ,
  HSE_URL_FLAGS_WRITE,
  HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE,
  HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
  HSE_VERSION,
} from './constants/isapi.ts';
export {
  PRIORITY_ALIAS_FIRST,
  PRIORITY_ALIAS_HIGH,
  PRIORITY_ALIAS_LAST,
  PRIORITY_ALIAS_LOW,
  PRIORITY_ALIAS_MEDIUM,
  type PriorityAlias,
} from './constants/priorities.ts';
export {
  hasNotification,
  RQ_ACQUIRE_REQUEST_STATE,
  RQ_AUTHENTICATE_REQUEST,
  RQ_AUTHORIZE_REQUEST,
  RQ_BEGIN_REQUEST,
  RQ_CUSTOM_NOTIFICATION,
  RQ_END_REQUEST,
  RQ_EXECUTE_REQUEST_HANDLER,
  RQ_LOG_REQUEST,
  RQ_MAP_PATH,
  RQ_MAP_REQUEST_HANDLER,
  RQ_PRE_EXECUTE_REQUEST_HANDLER,
  RQ_READ_ENTITY,
  RQ_RELEASE_REQUEST_STATE,
  RQ_RESOLVE_REQUEST_CACHE,
  RQ_SEND_RESPONSE,
  RQ_SEND_RESPONSE_STATUS_AND_HEADERS,
  RQ_UPDATE_REQUEST_CACHE,
} from './constants/request-notifications.ts';
export {
  type RequestNotificationStatus,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_FINISH_REQUEST,
  RQ_NOTIFICATION_PENDING,
} from './constants/statuses.ts';
export { createUser, type UserFacts } from './context/create-user.ts';
export type { DataChunk, FileChunk, MemoryChunk, Sent, StreamChunk } from './context/data-chunk.ts';
export type { HttpApplication } from './context/http-application.ts';
export type { HttpConnection } from './context/http-connection.ts';
export type { CompletionEntry, ExecutionStats, HttpContext, UrlInfo } from './context/http-context.ts';
export type { ClientCertificate, Endpoint, HttpRequest } from './context/http-request.ts';
export type { HttpResponse, ResponseStatus } from './context/http-response.ts';
export type { HttpUser } from './context/http-user.ts';
export type {
  AuthenticationProvider,
  CustomNotificationProvider,
  MapHandlerProvider,
  MapPathProvider,
  ReadEntityProvider,
  SendResponseProvider,
} from './context/providers.ts';
export { HostError } from './errors/host-error.ts';
export type { IoCompletion } from './isapi/completion.ts';
export type { Extension, ExtensionVersion } from './isapi/extension.ts';
export type { ExtensionControlBlock } from './isapi/extension-control-block.ts';
export type {
  CustomErrorInfo,
  ExecUrlInfo,
  ExecUrlStatus,
  FileElement,
  HeaderFields,
  MemoryElement,
  OpenFile,
  ResponseVector,
  SendHeaderInfo,
  TransmitFileInfo,
  UrlMapping,
} from './isapi/requests.ts';
export type { SupportCode, SupportFunctions } from './isapi/support-functions.ts';
export type { Job, ProcessJob } from './job.ts';
export type { GlobalModule, GlobalNotificationStatus } from './pipeline/global-module.ts';
export type { HandlerResult, HttpModule, ModuleFactory } from './pipeline/module.ts';
export type {
  ApplicationProvider,
  CompletionInfo,
  ConfigurationChangeProvider,
  EventProvider,
  FileChangeProvider,
  PreloadProvider,
  StopListeningProvider,
} from './pipeline/providers.ts';
export type { ModuleId, ModuleRegistrationInfo, RegisterModule } from './pipeline/registration-info.ts';
export type { FileChangeMonitor } from './server/file-change-monitor.ts';
export type { FileInfo } from './server/file-info.ts';
export type { CacheKey, CacheOperationProvider, HttpServer } from './server/http-server.ts';
export { ModuleContextContainer, type StoredContext } from './server/module-context-container.ts';
export type { TraceContext } from './server/server-host.ts';
export type { WorkerProcessSettings } from './server/worker-process-settings.ts';
export { type StaticFiles, staticFiles } from './static/static-files.ts';
export type { StaticOptions } from './static/static-options.ts';
export { Overlapped, type OverlappedLike, STATUS_PENDING } from './thread-pool/overlapped.ts';
export type { WorkerTask } from './thread-pool/worker-threads.ts';
export type { WorkerFacts } from './worker-facts.ts';
export type { AssociableHandle, AssociatedHandle, CompletionRoutine, WorkerRoutine };
export { server };

/**
 * Asks for a fresh process in place of this one (IHttpServer::RecycleProcess). Returns at once and never throws.
 *
 * - The next generation starts beside this process and takes over when it is ready; requests that are here go on to their end.
 * - A wish that is not answered yet absorbs further ones: ask as often as you like.
 * - `reason` is read by operators, in the receipt of the recycle.
 */
export function recycleProcess(reason: string): void {
  findHost()?.recycleProcess(reason);
}

/** The next ping of this worker is a failure, with this reason (IHttpServer::ReportUnhealthy). Does nothing without Baton. */
export function reportUnhealthy(reason: string, hresult?: number): void {
  server.reportUnhealthy(reason, hresult);
}

/** Loads one application of this worker anew (IHttpServer::RecycleApplication). Throws HostError ERROR_PATH_NOT_FOUND, without Baton always. */
export function recycleApplication(appKeyOrPath: string): void {
  server.recycleApplication(appKeyOrPath);
}

/** Binds a handle to the host's thread pool (IHttpServer::AssociateWithThreadPool); without Baton to one of this process's own. */
export function associateWithThreadPool(handle: AssociableHandle, routine: CompletionRoutine | WorkerRoutine): AssociatedHandle {
  return server.associateWithThreadPool(handle, routine);
}

/** Listens to an event; returns what ends it. */
export function on<E extends keyof BatonEvents>(event: E, listener: BatonEvents[E]): () => void {
  return findHost()?.on(event, listener) ?? (() => {});
}

const NOWHERE: WorkerFacts = { id: '', pool: '', slot: '', generation: 0 };

/** The worker process that this app runs in. */
export const worker: WorkerFacts = Object.freeze({
  get id() {
    return facts().id;
  },
  get pool() {
    return facts().pool;
  },
  get slot() {
    return facts().slot;
  },
  get generation() {
    return facts().generation;
  },
});

function facts(): WorkerFacts {
  return findHost()?.worker ?? NOWHERE;
}
