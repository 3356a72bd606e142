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

/** IHttpApplicationStartProvider, IHttpApplicationStopProvider and IGlobalApplicationPreloadProvider, as far as they are of use here. */
export interface ApplicationProvider {
  getApplication(): HttpApplication;
}

/** IGlobalConfigurationChangeProvider. */
export interface ConfigurationChangeProvider {
  getChangePath(): string;
}

/** IGlobalFileChangeProvider. */
export interface FileChangeProvider {
  getFileName(): string;
}
