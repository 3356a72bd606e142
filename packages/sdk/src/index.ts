/**
 * What an app may say to Baton and hear from it. No app has to: an unmodified server is hosted as it is.
 *
 * Without Baton (`node server.js`, tests) everything here is harmless: `recycleProcess` does nothing, no event is ever said, and the facts of
 * `worker` are empty.
 */
import { type BatonEvents, findHost, type WorkerFacts } from './baton-host.ts';

export type { BatonEvents, BatonHost, WorkerFacts } from './baton-host.ts';
export type { Connection, ConnectionFacts, HandleConnection } from './connection.ts';
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
export { HostError } from './errors/host-error.ts';
export type { Job, ProcessJob } from './job.ts';
export { server } from './server/current-server.ts';
export type { FileChangeMonitor } from './server/file-change-monitor.ts';
export type { FileInfo } from './server/file-info.ts';
export type { CacheKey, CacheOperationProvider, HttpServer } from './server/http-server.ts';
export { ModuleContextContainer, type StoredContext } from './server/module-context-container.ts';
export type { TraceContext } from './server/server-host.ts';
export type { WorkerProcessSettings } from './server/worker-process-settings.ts';
export type { AssociableHandle, AssociatedHandle, CompletionRoutine, WorkerRoutine } from './thread-pool/associated-handle.ts';
export { Overlapped, type OverlappedLike, STATUS_PENDING } from './thread-pool/overlapped.ts';

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
