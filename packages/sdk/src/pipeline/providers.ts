import type { HttpApplication } from '../context/http-application.ts';

/** Second argument of handlers whose notification brings nothing (IHttpEventProvider): an object without members. */
export type EventProvider = object;

/** IHttpCompletionInfo. */
export interface CompletionInfo {
  /** IHttpCompletionInfo::GetCompletionBytes. */
  getCompletionBytes(): number;
  /** IHttpCompletionInfo::GetCompletionStatus: 0, or the number of an error of winerror.h. */
  getCompletionStatus(): number;
}

/** IGlobalStopListeningProvider. */
export interface StopListeningProvider {
  /** True: a successor takes over, and requests that are here go on to their end. False: the service stops. */
  readonly drainRequestsGracefully: boolean;
}

/** IHttpApplicationStartProvider and IHttpApplicationStopProvider. */
export interface ApplicationProvider {
  getApplication(): HttpApplication;
}

/** IGlobalApplicationPreloadProvider2, without CreateContext and ExecuteRequest: what is to be requested stands in `preload` of baton.yaml. */
export interface PreloadProvider extends ApplicationProvider {
  /** IGlobalApplicationPreloadProvider2::IsProcessRecycled: whether the process takes over from another one. */
  isProcessRecycled(): boolean;
}

/** IGlobalConfigurationChangeProvider. */
export interface ConfigurationChangeProvider {
  getChangePath(): string;
}

/** IGlobalFileChangeProvider. */
export interface FileChangeProvider {
  getFileName(): string;
}
