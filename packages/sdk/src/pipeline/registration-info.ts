import type { PriorityAlias } from '../constants/priorities.ts';
import type { HttpServer } from '../server/http-server.ts';
import type { GlobalModule } from './global-module.ts';
import type { ModuleFactory } from './module.ts';

/** HTTP_MODULE_ID: tells a module from all others in its process. */
export type ModuleId = symbol;

/**
 * How a module says what it wants to hear of (IHttpModuleRegistrationInfo). Of use while `registerModule` runs, not after.
 *
 * - Errors are of class HostError: ERROR_INVALID_PARAMETER for bits and aliases that do not exist.
 */
export interface ModuleRegistrationInfo {
  /** IHttpModuleRegistrationInfo::GetName: its name in lists, logs and statistics. */
  getName(): string;
  /** IHttpModuleRegistrationInfo::GetId. */
  getId(): ModuleId;
  /**
   * IHttpModuleRegistrationInfo::SetRequestNotifications: `requestNotifications` and `postRequestNotifications` are masks of RQ bits.
   *
   * - Once: a second call is ERROR_ALREADY_EXISTS.
   * - Post notifications exist for the twelve steps only.
   */
  setRequestNotifications(factory: ModuleFactory, requestNotifications: number, postRequestNotifications: number): void;
  /** IHttpModuleRegistrationInfo::SetGlobalNotifications: once, too; `globalNotifications` is a mask of GL bits. */
  setGlobalNotifications(globalModule: GlobalModule, globalNotifications: number): void;
  /** IHttpModuleRegistrationInfo::SetPriorityForRequestNotification: for each RQ bit of the mask, post notifications included. */
  setPriorityForRequestNotification(requestNotifications: number, priority: PriorityAlias): void;
  /** IHttpModuleRegistrationInfo::SetPriorityForGlobalNotification. */
  setPriorityForGlobalNotification(globalNotifications: number, priority: PriorityAlias): void;
}

/**
 * What a module exports as `registerModule` (RegisterModule). Called once when the worker loads it; it may be asynchronous.
 *
 * - `serverVersion`: of the programming model, major in the upper 16 bits, minor in the lower.
 * - A module whose registration throws, or rejects, keeps the worker from serving.
 */
export type RegisterModule = (serverVersion: number, info: ModuleRegistrationInfo, server: HttpServer) => void | Promise<void>;
