import type { CustomNotificationProvider } from '../context/providers.ts';
import type { CacheOperationProvider } from '../server/http-server.ts';
import type {
  ApplicationProvider,
  ConfigurationChangeProvider,
  FileChangeProvider,
  PreloadProvider,
  StopListeningProvider,
} from './providers.ts';

/** GLOBAL_NOTIFICATION_STATUS: GL_NOTIFICATION_CONTINUE or GL_NOTIFICATION_HANDLED. */
export type GlobalNotificationStatus = 0 | 1;

/**
 * Hears what happens to the worker process (CGlobalModule).
 *
 * - Handlers are synchronous: a promise, or PENDING, is refused.
 * - HANDLED ends the chain for that event.
 */
export interface GlobalModule {
  /** The worker is told to stop: no new request comes. */
  onGlobalStopListening?(provider: StopListeningProvider): GlobalNotificationStatus;
  /** WAS asks whether the worker is well. */
  onGlobalHealthCheck?(): GlobalNotificationStatus;
  onGlobalApplicationPreload?(provider: PreloadProvider): GlobalNotificationStatus;
  onGlobalApplicationResolveModules?(provider: ApplicationProvider): GlobalNotificationStatus;
  /** Before the first request of an application. */
  onGlobalApplicationStart?(provider: ApplicationProvider): GlobalNotificationStatus;
  onGlobalApplicationStop?(provider: ApplicationProvider): GlobalNotificationStatus;
  /** CGlobalModule::OnSuspendProcess. */
  onSuspendProcess?(provider: object): GlobalNotificationStatus;
  onGlobalCustomNotification?(provider: CustomNotificationProvider): GlobalNotificationStatus;
  onGlobalCacheOperation?(provider: CacheOperationProvider): GlobalNotificationStatus;
  onGlobalCacheCleanup?(): GlobalNotificationStatus;
  onGlobalConfigurationChange?(provider: ConfigurationChangeProvider): GlobalNotificationStatus;
  onGlobalFileChange?(provider: FileChangeProvider): GlobalNotificationStatus;
  onGlobalPreBeginRequest?(provider: object): GlobalNotificationStatus;
  onGlobalRSCAQuery?(provider: object): GlobalNotificationStatus;
  onGlobalTraceEvent?(provider: object): GlobalNotificationStatus;
  onGlobalThreadCleanup?(provider: object): GlobalNotificationStatus;
  /** CGlobalModule::Terminate: the module is unloaded. A promise is waited for, within the time that the process has to stop. */
  terminate?(): void | Promise<void>;
}
