import { arch, versions } from 'node:process';
import {
  CACHE_OPERATION_ADD,
  CACHE_OPERATION_DELETE,
  CACHE_OPERATION_ENUM,
  CACHE_OPERATION_FLUSH_PREFIX,
  CACHE_OPERATION_RETRIEVE,
  GL_CACHE_OPERATION,
  GL_CONFIGURATION_CHANGE,
  GL_CUSTOM_NOTIFICATION,
  GL_FILE_CHANGE,
  GL_NOTIFICATION_HANDLED,
} from '../constants/global-notifications.ts';
import { HostError } from '../errors/host-error.ts';
import type { AssociableHandle, AssociatedHandle, CompletionRoutine, WorkerRoutine } from '../thread-pool/associated-handle.ts';
import type { ThreadPool } from '../thread-pool/thread-pool.ts';
import type { FileChangeMonitor } from './file-change-monitor.ts';
import type { FileInfo } from './file-info.ts';
import { FileInfoCache } from './file-info-cache.ts';
import { FileMonitors } from './file-monitors.ts';
import { FRAGMENTS, FragmentCache } from './fragment-cache.ts';
import type { CacheKey, CacheOperationProvider, HttpServer } from './http-server.ts';
import { ModuleContextContainer } from './module-context-container.ts';
import { refuse } from './not-supported.ts';
import { satisfiesPrecondition } from './precondition.ts';
import type { ServerHost, TraceContext } from './server-host.ts';
import type { WorkerProcessSettings } from './worker-process-settings.ts';

/** IHttpServer over what a process provides (ServerHost) and its thread pool. */
export class HostedServer implements HttpServer {
  readonly #host: ServerHost;
  readonly #pool: ThreadPool;
  readonly #files = new FileInfoCache();
  readonly #fragments = new FragmentCache();
  readonly #monitors = new FileMonitors();

  constructor(host: ServerHost, pool: ThreadPool) {
    this.#host = host;
    this.#pool = pool;
    const { activeTrace, recordSpan } = host;
    if (activeTrace && recordSpan)
      pool.tracer = { activeTrace: () => activeTrace.call(host), recordSpan: (span) => recordSpan.call(host, span) };
  }

  isCommandLineLaunch(): boolean {
    return this.#host.isCommandLine;
  }

  getAppPoolName(): string {
    return this.#host.worker.pool;
  }

  associateWithThreadPool(handle: AssociableHandle, routine: CompletionRoutine | WorkerRoutine): AssociatedHandle {
    return this.#pool.associate(handle, routine);
  }

  incrementThreadCount(): void {
    this.#pool.increment();
  }

  decrementThreadCount(): void {
    this.#pool.decrement();
  }

  reportUnhealthy(reason: string, hresult?: number): void {
    this.#host.reportUnhealthy(reason, hresult);
  }

  recycleProcess(reason: string): void {
    try {
      this.#host.recycleProcess(reason);
    } catch (error) {
      // its caller is never to fail by it; the wish is said again by whoever has it
      this.#host.log('error', 'asking for a recycle failed', { error: String(error) });
    }
  }

  recycleApplication(appKeyOrPath: string): void {
    mustBeText(appKeyOrPath, 'The name of an application, its entry or its folder');
    this.#host.recycleApplication(appKeyOrPath);
  }

  async getFileInfo(path: string): Promise<FileInfo> {
    return this.#files.get(path);
  }

  flushKernelCache(url: string): void {
    if (typeof url !== 'string' || !url.startsWith('/'))
      throw new HostError('ERROR_INVALID_PARAMETER', `The path of a URL was expected, as "/catalog/"; ${JSON.stringify(url)} came`);
    this.#raiseCacheOperation(CACHE_OPERATION_FLUSH_PREFIX, { cacheName: 'responses', name: url }, undefined);
  }

  doCacheOperation(operation: number, key: CacheKey, record?: unknown): unknown {
    if (typeof key?.cacheName !== 'string' || typeof key.name !== 'string')
      throw new HostError('ERROR_INVALID_PARAMETER', `A key { cacheName, name } of two texts was expected, ${JSON.stringify(key)} came`);
    if (!Number.isInteger(operation) || operation < CACHE_OPERATION_RETRIEVE || operation > CACHE_OPERATION_ENUM)
      throw new HostError('ERROR_INVALID_PARAMETER', `A CACHE_OPERATION_ from 0 (RETRIEVE) to 4 (ENUM) was expected, ${operation} came`);
    const provider = this.#raiseCacheOperation(operation, key, record);
    if (provider.isHandled) return provider.record;
    if (key.cacheName === FRAGMENTS) return this.#doFragmentOperation(operation, key.name, record);
    throw new HostError(
      'ERROR_PATH_NOT_FOUND',
      `No module has handled the operation on the cache "${key.cacheName}"; the host itself keeps only "${FRAGMENTS}"`,
    );
  }

  notifyCustomNotification(provider: object): number {
    return this.#host.raiseGlobal(GL_CUSTOM_NOTIFICATION, provider);
  }

  getPerfCounterInfo(): Readonly<Record<string, number>> {
    const { active, queued, maxThreads, limit, completed } = this.#pool.stats;
    return {
      activeThreadsCount: active,
      maximumThreadsCount: maxThreads,
      threadLimit: limit,
      queuedCompletions: queued,
      completedRoutines: completed,
      pendingOperations: this.#pool.pendingOperations,
      currentFilesCached: this.#files.size,
      fileCacheHits: this.#files.hits,
      fileCacheMisses: this.#files.misses,
      fragmentsCached: this.#fragments.size,
      fragmentCacheBytes: this.#fragments.bytes,
      fragmentCacheHits: this.#fragments.hits,
      fragmentCacheMisses: this.#fragments.misses,
      fileChangeMonitors: this.#monitors.size,
    };
  }

  notifyConfigurationChange(path: string): void {
    mustBeText(path, 'The path of a part of the configuration');
    this.#host.raiseGlobal(GL_CONFIGURATION_CHANGE, { getChangePath: () => path });
  }

  notifyFileChange(path: string): void {
    mustBeText(path, 'The path of a file');
    this.#files.forget(path);
    this.#host.raiseGlobal(GL_FILE_CHANGE, { getFileName: () => path });
  }

  registerFileChangeMonitor(path: string, changed?: (path: string) => void): FileChangeMonitor {
    mustBeText(path, 'The path of a file or a folder');
    return this.#monitors.add(
      path,
      (path) => {
        this.notifyFileChange(path);
        if (changed) this.#pool.post(() => changed(path), 'a file change monitor');
      },
      (error) => this.#host.log('warn', error.message),
    );
  }

  dispenseContainer(): ModuleContextContainer {
    return new ModuleContextContainer((...line) => this.#host.log(...line));
  }

  addFragmentToCache(fragment: Uint8Array | string, name: string): void {
    this.#fragments.add(name, fragment);
  }

  readFragmentFromCache(name: string): Buffer {
    const bytes = this.#fragments.read(name);
    if (bytes) return bytes;
    throw new HostError(
      'ERROR_PATH_NOT_FOUND',
      `No fragment "${name}" is in the cache: it was never added, or has gone since; make it anew and add it`,
    );
  }

  removeFragmentFromCache(name: string): void {
    if (!this.#fragments.delete(name)) throw new HostError('ERROR_FILE_NOT_FOUND', `No fragment "${name}" is in the cache`);
  }

  getWorkerProcessSettings(): WorkerProcessSettings {
    return this.#host.settings;
  }

  satisfiesPrecondition(precondition: string): boolean {
    mustBeText(precondition, 'A list of preconditions');
    return satisfiesPrecondition(precondition, { appPoolName: this.getAppPoolName(), arch, nodeVersion: versions.node });
  }

  getTraceContext(): TraceContext | undefined {
    return this.#host.activeTrace?.();
  }

  getExtendedInterface(name: string): HttpServer {
    if (name === 'IHttpServer' || name === 'IHttpServer2') return this;
    throw new HostError('ERROR_NOT_SUPPORTED', `IHttpServer or IHttpServer2 was expected, ${JSON.stringify(name)} came`);
  }

  getAdminManager(): never {
    refuse('getAdminManager');
  }

  getProtocolManagerCustomInterface(): never {
    refuse('getProtocolManagerCustomInterface');
  }

  getConfigObject(): never {
    refuse('getConfigObject');
  }

  getManagedType(): never {
    refuse('getManagedType');
  }

  getToken(): never {
    refuse('getToken');
  }

  getAppPoolConfigFile(): never {
    refuse('getAppPoolConfigFile');
  }

  getMetadata(): never {
    refuse('getMetadata');
  }

  getWorkerProcessFramework(): never {
    refuse('getWorkerProcessFramework');
  }

  queryRequestProperty(): never {
    refuse('queryRequestProperty');
  }

  /** At the end of the process: what watches is let go. */
  close(): void {
    this.#monitors.closeAll();
  }

  #raiseCacheOperation(operation: number, key: CacheKey, record: unknown): CacheOperationProvider & { isHandled: boolean } {
    const provider: CacheOperationProvider & { isHandled: boolean } = { operation, key, record, isHandled: false };
    provider.isHandled = this.#host.raiseGlobal(GL_CACHE_OPERATION, provider) === GL_NOTIFICATION_HANDLED;
    return provider;
  }

  #doFragmentOperation(operation: number, name: string, record: unknown): unknown {
    switch (operation) {
      case CACHE_OPERATION_RETRIEVE:
        return this.readFragmentFromCache(name);
      case CACHE_OPERATION_ADD:
        return this.addFragmentToCache(record as Uint8Array, name);
      case CACHE_OPERATION_DELETE:
        return this.removeFragmentFromCache(name);
      case CACHE_OPERATION_FLUSH_PREFIX:
        return this.#fragments.deletePrefix(name);
      default:
        return this.#fragments.names(name);
    }
  }
}

/** Throws ERROR_INVALID_PARAMETER, with what was expected, for what is no text. */
function mustBeText(value: unknown, expected: string): void {
  if (typeof value !== 'string') throw new HostError('ERROR_INVALID_PARAMETER', `${expected} was expected, ${typeof value} came`);
}
