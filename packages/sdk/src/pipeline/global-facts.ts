import {
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
  GL_PRE_BEGIN_REQUEST,
  GL_RSCA_QUERY,
  GL_STOP_LISTENING,
  GL_SUSPEND_PROCESS,
  GL_THREAD_CLEANUP,
  GL_TRACE_EVENT,
} from '../constants/global-notifications.ts';
import type { GlobalModule } from './global-module.ts';

/** Name of a method that hears of a global notification. */
export type GlobalHandlerName = Exclude<keyof GlobalModule, 'terminate'>;

/** Which method hears of which global notification. */
export const GLOBAL_HANDLERS: ReadonlyMap<number, GlobalHandlerName> = new Map<number, GlobalHandlerName>([
  [GL_STOP_LISTENING, 'onGlobalStopListening'],
  [GL_CACHE_CLEANUP, 'onGlobalCacheCleanup'],
  [GL_CACHE_OPERATION, 'onGlobalCacheOperation'],
  [GL_HEALTH_CHECK, 'onGlobalHealthCheck'],
  [GL_CONFIGURATION_CHANGE, 'onGlobalConfigurationChange'],
  [GL_FILE_CHANGE, 'onGlobalFileChange'],
  [GL_PRE_BEGIN_REQUEST, 'onGlobalPreBeginRequest'],
  [GL_APPLICATION_START, 'onGlobalApplicationStart'],
  [GL_APPLICATION_RESOLVE_MODULES, 'onGlobalApplicationResolveModules'],
  [GL_APPLICATION_STOP, 'onGlobalApplicationStop'],
  [GL_RSCA_QUERY, 'onGlobalRSCAQuery'],
  [GL_TRACE_EVENT, 'onGlobalTraceEvent'],
  [GL_CUSTOM_NOTIFICATION, 'onGlobalCustomNotification'],
  [GL_THREAD_CLEANUP, 'onGlobalThreadCleanup'],
  [GL_APPLICATION_PRELOAD, 'onGlobalApplicationPreload'],
  [GL_SUSPEND_PROCESS, 'onSuspendProcess'],
]);

/** Every bit that a global module can be subscribed to. */
export const GLOBAL_MASK = [...GLOBAL_HANDLERS.keys()].reduce((mask, bit) => mask | bit, 0);
