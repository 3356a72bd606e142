/**
 * The notifications of a request (httpserv.h), a bit each. A handler is subscribed by a mask of them; its post handler by a second mask.
 *
 * - RQ_MAP_PATH is above 2 ** 31: test a mask with `hasNotification`, or with `(mask & bit) !== 0`, never with `> 0`.
 */
export const RQ_BEGIN_REQUEST = 0x0000_0001;
export const RQ_AUTHENTICATE_REQUEST = 0x0000_0002;
export const RQ_AUTHORIZE_REQUEST = 0x0000_0004;
export const RQ_RESOLVE_REQUEST_CACHE = 0x0000_0008;
export const RQ_MAP_REQUEST_HANDLER = 0x0000_0010;
export const RQ_ACQUIRE_REQUEST_STATE = 0x0000_0020;
export const RQ_PRE_EXECUTE_REQUEST_HANDLER = 0x0000_0040;
export const RQ_EXECUTE_REQUEST_HANDLER = 0x0000_0080;
export const RQ_RELEASE_REQUEST_STATE = 0x0000_0100;
export const RQ_UPDATE_REQUEST_CACHE = 0x0000_0200;
export const RQ_LOG_REQUEST = 0x0000_0400;
export const RQ_END_REQUEST = 0x0000_0800;

/** Out of sequence, without a post handler. */
export const RQ_SEND_RESPONSE_STATUS_AND_HEADERS = 0x0800_0000;
export const RQ_CUSTOM_NOTIFICATION = 0x1000_0000;
export const RQ_SEND_RESPONSE = 0x2000_0000;
export const RQ_READ_ENTITY = 0x4000_0000;
export const RQ_MAP_PATH = 0x8000_0000;

/** Whether a mask has a bit; right for RQ_MAP_PATH too. */
export function hasNotification(mask: number, notification: number): boolean {
  return (mask & notification) !== 0;
}

/** Name of each notification, in the order of a request; what is out of sequence comes last. */
export const REQUEST_NOTIFICATION_NAMES: ReadonlyMap<number, string> = new Map([
  [RQ_BEGIN_REQUEST, 'RQ_BEGIN_REQUEST'],
  [RQ_AUTHENTICATE_REQUEST, 'RQ_AUTHENTICATE_REQUEST'],
  [RQ_AUTHORIZE_REQUEST, 'RQ_AUTHORIZE_REQUEST'],
  [RQ_RESOLVE_REQUEST_CACHE, 'RQ_RESOLVE_REQUEST_CACHE'],
  [RQ_MAP_REQUEST_HANDLER, 'RQ_MAP_REQUEST_HANDLER'],
  [RQ_ACQUIRE_REQUEST_STATE, 'RQ_ACQUIRE_REQUEST_STATE'],
  [RQ_PRE_EXECUTE_REQUEST_HANDLER, 'RQ_PRE_EXECUTE_REQUEST_HANDLER'],
  [RQ_EXECUTE_REQUEST_HANDLER, 'RQ_EXECUTE_REQUEST_HANDLER'],
  [RQ_RELEASE_REQUEST_STATE, 'RQ_RELEASE_REQUEST_STATE'],
  [RQ_UPDATE_REQUEST_CACHE, 'RQ_UPDATE_REQUEST_CACHE'],
  [RQ_LOG_REQUEST, 'RQ_LOG_REQUEST'],
  [RQ_END_REQUEST, 'RQ_END_REQUEST'],
  [RQ_SEND_RESPONSE_STATUS_AND_HEADERS, 'RQ_SEND_RESPONSE_STATUS_AND_HEADERS'],
  [RQ_CUSTOM_NOTIFICATION, 'RQ_CUSTOM_NOTIFICATION'],
  [RQ_SEND_RESPONSE, 'RQ_SEND_RESPONSE'],
  [RQ_READ_ENTITY, 'RQ_READ_ENTITY'],
  [RQ_MAP_PATH, 'RQ_MAP_PATH'],
]);
