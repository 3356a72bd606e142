import type { RequestNotificationStatus } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type {
  AuthenticationProvider,
  CustomNotificationProvider,
  MapHandlerProvider,
  MapPathProvider,
  ReadEntityProvider,
  SendResponseProvider,
} from '../context/providers.ts';
import type { CompletionInfo, EventProvider } from './providers.ts';

/** What a handler answers. A promise is PENDING until it settles; one that is rejected is an error of the module. */
export type HandlerResult = RequestNotificationStatus | Promise<RequestNotificationStatus>;

/**
 * A module at work on one request (CHttpModule). The host asks the module's factory for one when a request first comes to a notification that the module
 * subscribed to, and calls `dispose` when the request has ended.
 *
 * - Has a method for each notification subscribed to; one that lacks is an error of the module when it is first needed.
 */
export interface HttpModule {
  onBeginRequest?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostBeginRequest?(context: HttpContext, provider: EventProvider): HandlerResult;
  onAuthenticateRequest?(context: HttpContext, provider: AuthenticationProvider): HandlerResult;
  onPostAuthenticateRequest?(context: HttpContext, provider: EventProvider): HandlerResult;
  onAuthorizeRequest?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostAuthorizeRequest?(context: HttpContext, provider: EventProvider): HandlerResult;
  onResolveRequestCache?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostResolveRequestCache?(context: HttpContext, provider: EventProvider): HandlerResult;
  onMapRequestHandler?(context: HttpContext, provider: MapHandlerProvider): HandlerResult;
  onPostMapRequestHandler?(context: HttpContext, provider: EventProvider): HandlerResult;
  onAcquireRequestState?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostAcquireRequestState?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPreExecuteRequestHandler?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostPreExecuteRequestHandler?(context: HttpContext, provider: EventProvider): HandlerResult;
  onExecuteRequestHandler?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostExecuteRequestHandler?(context: HttpContext, provider: EventProvider): HandlerResult;
  onReleaseRequestState?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostReleaseRequestState?(context: HttpContext, provider: EventProvider): HandlerResult;
  onUpdateRequestCache?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostUpdateRequestCache?(context: HttpContext, provider: EventProvider): HandlerResult;
  onLogRequest?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostLogRequest?(context: HttpContext, provider: EventProvider): HandlerResult;
  onEndRequest?(context: HttpContext, provider: EventProvider): HandlerResult;
  onPostEndRequest?(context: HttpContext, provider: EventProvider): HandlerResult;

  onSendResponseStatusAndHeaders?(context: HttpContext, provider: SendResponseProvider): HandlerResult;
  onSendResponse?(context: HttpContext, provider: SendResponseProvider): HandlerResult;
  onReadEntity?(context: HttpContext, provider: ReadEntityProvider): HandlerResult;
  onMapPath?(context: HttpContext, provider: MapPathProvider): HandlerResult;
  onCustomRequestNotification?(context: HttpContext, provider: CustomNotificationProvider): HandlerResult;

  /**
   * Goes on where `postCompletion` was asked for (CHttpModule::OnAsyncCompletion), in a slot of the thread pool; its answer takes the place of PENDING.
   *
   * - `notification`: the bit of the notification that is PENDING; `isPost`: whether it is its post notification.
   */
  onAsyncCompletion?(
    context: HttpContext,
    notification: number,
    isPost: boolean,
    provider: EventProvider,
    info: CompletionInfo,
  ): HandlerResult;

  /** CHttpModule::Dispose: the request has ended. Once for each object, the one made last first; nobody waits for a promise. */
  dispose?(): void;
}

/** Makes module objects (IHttpModuleFactory). */
export interface ModuleFactory {
  /** IHttpModuleFactory::GetHttpModule: a module object for one request; never one for several. */
  getHttpModule(): HttpModule;
  /** IHttpModuleFactory::Terminate: the module is unloaded. A promise is waited for, within the time that the process has to stop. */
  terminate?(): void | Promise<void>;
}
