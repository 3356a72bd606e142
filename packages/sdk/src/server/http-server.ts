import type { AssociableHandle, AssociatedHandle, CompletionRoutine, WorkerRoutine } from '../thread-pool/associated-handle.ts';
import type { FileChangeMonitor } from './file-change-monitor.ts';
import type { FileInfo } from './file-info.ts';
import type { ModuleContextContainer } from './module-context-container.ts';
import type { TraceContext } from './server-host.ts';
import type { WorkerProcessSettings } from './worker-process-settings.ts';

/** Which entry a cache operation is about (IHttpCacheKey). */
export interface CacheKey {
  /** Whose entry it is: "fragments" is the host's own cache. */
  readonly cacheName: string;
  /** Its name; for CACHE_OPERATION_FLUSH_PREFIX what the names begin with. */
  readonly name: string;
}

/** What modules get with GL_CACHE_OPERATION (ICacheProvider). */
export interface CacheOperationProvider {
  /** CACHE_OPERATION_*. */
  readonly operation: number;
  readonly key: CacheKey;
  /** What is to be added; what a module answers a RETRIEVE or an ENUM with. */
  record: unknown;
}

/**
 * The worker process as code inside it sees it (IHttpServer, IHttpServer2), one per process.
 *
 * - Calls that make no sense here throw HostError ERROR_NOT_SUPPORTED with the reason; docs/programming-model.md lists which.
 */
export interface HttpServer {
  /** IHttpServer::IsCommandLineLaunch: true = started from a command line, not by WAS. */
  isCommandLineLaunch(): boolean;
  /** IHttpServer::GetAppPoolName; '' without Baton. */
  getAppPoolName(): string;
  /**
   * IHttpServer::AssociateWithThreadPool: from here on the handle's operations end in `routine`, in a slot of the pool.
   *
   * - A handle is associated once, for its life: a second time is ERROR_INVALID_PARAMETER.
   */
  associateWithThreadPool(handle: AssociableHandle, routine: CompletionRoutine | WorkerRoutine): AssociatedHandle;
  /** IHttpServer::IncrementThreadCount: one slot more, up to the pool's limit. */
  incrementThreadCount(): void;
  /** IHttpServer::DecrementThreadCount: one slot less, down to one. */
  decrementThreadCount(): void;
  /** IHttpServer::ReportUnhealthy: the next ping is a failure with this reason; no recycle by itself. */
  reportUnhealthy(reason: string, hresult?: number): void;
  /** IHttpServer::RecycleProcess: asks for a fresh process in place of this one. Returns at once, never throws, and absorbs what comes after it. */
  recycleProcess(reason: string): void;
  /** IHttpServer::GetAdminManager. Not supported. */
  getAdminManager(): never;
  /** IHttpServer::GetFileInfo: facts of a file, kept in a cache. Throws ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED. */
  getFileInfo(path: string): Promise<FileInfo>;
  /** IHttpServer::FlushKernelCache: tells modules that keep responses (GL_CACHE_OPERATION, FLUSH_PREFIX) to forget those below a URL path. */
  flushKernelCache(url: string): void;
  /** IHttpServer::DoCacheOperation: raises GL_CACHE_OPERATION; when no module has handled it, does it with the fragment cache. Returns the record. */
  doCacheOperation(operation: number, key: CacheKey, record?: unknown): unknown;
  /** IHttpServer::NotifyCustomNotification: raises GL_CUSTOM_NOTIFICATION; GL_NOTIFICATION_CONTINUE or GL_NOTIFICATION_HANDLED. */
  notifyCustomNotification(provider: object): number;
  /** IHttpServer::GetPerfCounterInfo: counters of this process by name. */
  getPerfCounterInfo(): Readonly<Record<string, number>>;
  /** IHttpServer::RecycleApplication: loads one application of this process anew; others do not feel it. Throws ERROR_PATH_NOT_FOUND. */
  recycleApplication(appKeyOrPath: string): void;
  /** IHttpServer::NotifyConfigurationChange: raises GL_CONFIGURATION_CHANGE. */
  notifyConfigurationChange(path: string): void;
  /** IHttpServer::NotifyFileChange: forgets what is known of a file, or of all below a folder, and raises GL_FILE_CHANGE. */
  notifyFileChange(path: string): void;
  /** IHttpServer::DispenseContainer: a new, empty container of modules' contexts. */
  dispenseContainer(): ModuleContextContainer;
  /** IHttpServer::AddFragmentToCache: keeps bytes under a name, in place of what was there. */
  addFragmentToCache(fragment: Uint8Array | string, name: string): void;
  /** IHttpServer::ReadFragmentFromCache. Throws ERROR_PATH_NOT_FOUND. The bytes are the caller's own. */
  readFragmentFromCache(name: string): Buffer;
  /** IHttpServer::RemoveFragmentFromCache. Throws ERROR_FILE_NOT_FOUND. */
  removeFragmentFromCache(name: string): void;
  /** IHttpServer::GetWorkerProcessSettings. */
  getWorkerProcessSettings(): WorkerProcessSettings;
  /** IHttpServer::GetProtocolManagerCustomInterface. Not supported. */
  getProtocolManagerCustomInterface(protocol: string): never;
  /** IHttpServer::SatisfiesPrecondition: whether all of a comma-separated list hold here. Throws ERROR_INVALID_PARAMETER for one it does not know. */
  satisfiesPrecondition(precondition: string): boolean;
  /** IHttpServer::GetTraceContext: the trace of the running request; undefined when there is none. */
  getTraceContext(): TraceContext | undefined;
  /** IHttpServer::RegisterFileChangeMonitor: GL_FILE_CHANGE, and the listener, when a file or something in a folder changes. */
  registerFileChangeMonitor(path: string, changed?: (path: string) => void): FileChangeMonitor;
  /** IHttpServer::GetExtendedInterface: this object, for "IHttpServer", "IHttpServer2". Throws ERROR_NOT_SUPPORTED. */
  getExtendedInterface(name: string): HttpServer;
  /** GetConfigObject, of the metabase. Not supported. */
  getConfigObject(): never;
  /** GetManagedType. Not supported. */
  getManagedType(name: string): never;
  /** IHttpServer2::GetToken. Not supported. */
  getToken(): never;
  /** IHttpServer2::GetAppPoolConfigFile. Not supported. */
  getAppPoolConfigFile(): never;
  /** IHttpServer2::GetMetadata. Not supported. */
  getMetadata(): never;
  /** IHttpServer2::GetWorkerProcessFramework. Not supported. */
  getWorkerProcessFramework(): never;
  /** IHttpServer3::QueryRequestProperty. Not supported. */
  queryRequestProperty(): never;
}
