import type { FileInfo } from '../server/file-info.ts';
import type { ModuleContextContainer } from '../server/module-context-container.ts';
import type { TraceContext } from '../server/server-host.ts';
import type { HttpApplication } from './http-application.ts';
import type { HttpConnection } from './http-connection.ts';
import type { HttpRequest } from './http-request.ts';
import type { HttpResponse } from './http-response.ts';
import type { HttpUser } from './http-user.ts';

/** Where a request is (IHttpContext::GetCurrentExecutionStats); feeds "list requests". */
export interface ExecutionStats {
  /** The notification it is in, an RQ bit; 0 = none. */
  readonly notification: number;
  /** When that began, Unix ms. */
  readonly notificationStartedAtMs: number;
  /** The module whose handler runs or is pending; '' = none, or the app. */
  readonly module: string;
  /** When that handler began, Unix ms. */
  readonly moduleStartedAtMs: number;
  /** The notification whose completion is awaited, an RQ bit; 0 = none. */
  readonly asyncNotification: number;
  readonly asyncStartedAtMs: number;
}

/** The parts of the request target. */
export interface UrlInfo {
  /** "/shop/list". */
  readonly path: string;
  /** "a=1", without the question mark. */
  readonly queryString: string;
}

/** Entered in place of `onAsyncCompletion` (IHttpContext3::PostCompletion). Answers as that does. */
export type CompletionEntry = (context: HttpContext, bytes: number, error: number) => unknown;

/** First argument of every handler of a request (IHttpContext and its successors). docs/programming-model.md lists the members that are left out. */
export interface HttpContext {
  /** IHttpContext::GetSite: its name. */
  getSite(): string;
  /** IHttpContext::GetApplication. */
  getApplication(): HttpApplication;
  /** IHttpContext::GetConnection. */
  getConnection(): HttpConnection;
  /** IHttpContext::GetRequest. */
  getRequest(): HttpRequest;
  /** IHttpContext::GetResponse. */
  getResponse(): HttpResponse;
  /** IHttpContext::GetResponseHeadersSent. */
  getResponseHeadersSent(): boolean;
  /** IHttpContext::GetUser: null before RQ_AUTHENTICATE_REQUEST has ended; then at least the anonymous user, whose name is ''. */
  getUser(): HttpUser | null;
  /** IHttpContext2::GetOriginalUser: the first that was set. */
  getOriginalUser(): HttpUser | null;
  /** IHttpContext::GetModuleContextContainer. Cleaned up when the request has ended. */
  getModuleContextContainer(): ModuleContextContainer;
  /** IHttpContext3::GetNamedContextContainer. */
  getNamedContextContainer(): ModuleContextContainer;

  /** IHttpContext::IndicateCompletion: resumes the pending request with this status, from here, without entering the handler again. */
  indicateCompletion(status: number): void;
  /**
   * IHttpContext::PostCompletion: enters the pending handler again as `onAsyncCompletion`, from the host's thread pool.
   *
   * - `routine`: entered in its place (IHttpContext3::PostCompletion).
   */
  postCompletion(bytes?: number, error?: number, routine?: CompletionEntry): void;
  /** IHttpContext::DisableNotifications: the calling module is told of these no more. Steps in sequence only. */
  disableNotifications(mask: number, postMask: number): void;
  /** IHttpContext::GetIsLastNotification: whether no other handler follows in this step before the app. */
  getIsLastNotification(status: number): boolean;

  /** IHttpContext::GetServerVariable: undefined = no such name, or no value. `HTTP_X_Y` and `HEADER_x-y` give headers, `UNICODE_` in front changes nothing. */
  getServerVariable(name: string): string | undefined;
  /** IHttpContext::SetServerVariable: from here on, for this request; undefined hides the one that is there. */
  setServerVariable(name: string, value: string | undefined): void;
  /** IHttpContext::GetServerVarChanges: names that were set. */
  getServerVarChanges(): readonly string[];
  /** IHttpContext::GetUrlInfo. */
  getUrlInfo(): UrlInfo;
  /** IHttpContext::GetScriptName: the path, or what a handler mapping made of it. */
  getScriptName(): string;
  /** IHttpContext::GetScriptTranslated: the file of the script name. */
  getScriptTranslated(): string;
  /** IHttpContext::GetPhysicalPath: the file the request is for. */
  getPhysicalPath(): string;
  /** IHttpContext::GetFileInfo: facts of that file. Rejects with ERROR_FILE_NOT_FOUND. */
  getFileInfo(): Promise<FileInfo>;
  /** IHttpContext::MapPath: URL to file under the app's folder; modules may change it in RQ_MAP_PATH. ERROR_ACCESS_DENIED: it would leave the folder. */
  mapPath(url: string): string;
  /** IHttpContext::MapHandler: sets script name and file for another URL and raises no notification. */
  mapHandler(url: string): void;
  /** IHttpContext::SetRequestHandled: the app is not asked. */
  setRequestHandled(): void;
  /** IHttpContext::NotifyCustomNotification: raises RQ_CUSTOM_NOTIFICATION; gives the status of its handlers. ERROR_NOT_SUPPORTED: one of them is pending. */
  notifyCustomNotification(type: string): number;

  /**
   * IHttpContext::CloneContext: a child request, to be run once by `executeRequest`. Release it afterwards.
   *
   * - `flags`: CLONE_FLAG_*. Without BASICS it is `GET /`.
   * - ERROR_STACK_OVERFLOW: the eleventh level.
   */
  cloneContext(flags: number): HttpContext;
  /**
   * IHttpContext::ExecuteRequest: runs a child through the same modules and the same app; settles with its status code when it has ended.
   *
   * - Its response goes into this one (status and headers too, without EXECUTE_FLAG_NO_HEADERS); with EXECUTE_FLAG_BUFFER_RESPONSE it stays in the child.
   * - With `user` it skips RQ_AUTHENTICATE_REQUEST.
   * - ERROR_NOT_SUPPORTED: no child of this context, or one that ran before.
   */
  executeRequest(child: HttpContext, flags?: number, user?: HttpUser): Promise<number>;
  /** IHttpContext::ReleaseClonedContext: drops what the child holds; the last one made first. */
  releaseClonedContext(child: HttpContext): void;
  /** IHttpContext::GetExecuteFlags of a child; 0 otherwise. */
  getExecuteFlags(): number;
  /** IHttpContext::GetParentContext. */
  getParentContext(): HttpContext | undefined;
  /** IHttpContext::GetRootContext: this one, when it is no child. */
  getRootContext(): HttpContext;
  /** IHttpContext4::InheritServerVariable: takes the parent's value of this name. */
  inheritServerVariable(name: string): void;

  /** IHttpContext::GetCurrentExecutionStats. */
  getCurrentExecutionStats(): ExecutionStats;
  /** IHttpContext4::GetRequestStartTime, Unix ms. */
  getRequestStartTime(): number;
  /** IHttpContext4::GetRequestElapsedTime, ms. */
  getRequestElapsedTime(): number;
  /** IHttpContext::GetTraceContext: W3C trace context of the request; undefined = it is not traced. */
  getTraceContext(): TraceContext | undefined;
  /** IHttpContext::CancelIo: ends the read and the flush that are under way with ERROR_OPERATION_ABORTED. ERROR_INVALID_HANDLE: there is none. */
  cancelIo(): void;

  /** Left out: throws ERROR_NOT_SUPPORTED. */
  allocateRequestMemory(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  getMetadata(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  getScriptMap(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  getNextNotification(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  enableFullDuplex(): never;
}
