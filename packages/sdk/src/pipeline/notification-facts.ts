import {
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
} from '../constants/request-notifications.ts';
import type { HttpModule } from './module.ts';

/** Name of a method that handles a notification. */
export type HandlerName = Exclude<keyof HttpModule, 'onAsyncCompletion' | 'dispose'>;

/** A notification and the methods that hear of it. */
export interface NotificationFacts {
  readonly bit: number;
  readonly handler: HandlerName;
  /** Of the twelve steps alone. */
  readonly postHandler?: HandlerName;
}

/** The twelve steps, in order. */
export const STEPS = [
  { bit: RQ_BEGIN_REQUEST, handler: 'onBeginRequest', postHandler: 'onPostBeginRequest' },
  { bit: RQ_AUTHENTICATE_REQUEST, handler: 'onAuthenticateRequest', postHandler: 'onPostAuthenticateRequest' },
  { bit: RQ_AUTHORIZE_REQUEST, handler: 'onAuthorizeRequest', postHandler: 'onPostAuthorizeRequest' },
  { bit: RQ_RESOLVE_REQUEST_CACHE, handler: 'onResolveRequestCache', postHandler: 'onPostResolveRequestCache' },
  { bit: RQ_MAP_REQUEST_HANDLER, handler: 'onMapRequestHandler', postHandler: 'onPostMapRequestHandler' },
  { bit: RQ_ACQUIRE_REQUEST_STATE, handler: 'onAcquireRequestState', postHandler: 'onPostAcquireRequestState' },
  { bit: RQ_PRE_EXECUTE_REQUEST_HANDLER, handler: 'onPreExecuteRequestHandler', postHandler: 'onPostPreExecuteRequestHandler' },
  { bit: RQ_EXECUTE_REQUEST_HANDLER, handler: 'onExecuteRequestHandler', postHandler: 'onPostExecuteRequestHandler' },
  { bit: RQ_RELEASE_REQUEST_STATE, handler: 'onReleaseRequestState', postHandler: 'onPostReleaseRequestState' },
  { bit: RQ_UPDATE_REQUEST_CACHE, handler: 'onUpdateRequestCache', postHandler: 'onPostUpdateRequestCache' },
  { bit: RQ_LOG_REQUEST, handler: 'onLogRequest', postHandler: 'onPostLogRequest' },
  { bit: RQ_END_REQUEST, handler: 'onEndRequest', postHandler: 'onPostEndRequest' },
] as const satisfies readonly NotificationFacts[];

/** Those that come when their occasion does. */
export const UNSEQUENCED = [
  { bit: RQ_SEND_RESPONSE_STATUS_AND_HEADERS, handler: 'onSendResponseStatusAndHeaders' },
  { bit: RQ_CUSTOM_NOTIFICATION, handler: 'onCustomRequestNotification' },
  { bit: RQ_SEND_RESPONSE, handler: 'onSendResponse' },
  { bit: RQ_READ_ENTITY, handler: 'onReadEntity' },
  { bit: RQ_MAP_PATH, handler: 'onMapPath' },
] as const satisfies readonly NotificationFacts[];

/** Bits of the twelve steps: those that have a post notification and can be disabled. */
export const STEP_MASK = joinBits(STEPS);
/** Every bit that a handler can be subscribed to. */
export const REQUEST_MASK = (STEP_MASK | joinBits(UNSEQUENCED)) >>> 0;

function joinBits(rows: readonly NotificationFacts[]): number {
  return rows.reduce((mask, row) => (mask | row.bit) >>> 0, 0);
}
