/** What `cloneContext` copies into a child request (CLONE_FLAG_*). */
export const CLONE_FLAG_BASICS = 0x01;
export const CLONE_FLAG_HEADERS = 0x02;
export const CLONE_FLAG_ENTITY = 0x04;
export const CLONE_FLAG_NO_PRECONDITION = 0x08;
export const CLONE_FLAG_NO_DAV = 0x10;
export const CLONE_FLAG_USER_CACHE_VARY_BY = 0x20;
export const CLONE_FLAG_SERVER_VARIABLE = 0x40;

/** How `executeRequest` runs a child request (EXECUTE_FLAG_*). */
export const EXECUTE_FLAG_NO_HEADERS = 0x01;
export const EXECUTE_FLAG_IGNORE_CURRENT_INTERCEPTOR = 0x02;
export const EXECUTE_FLAG_IGNORE_APPPOOL = 0x04;
export const EXECUTE_FLAG_DISABLE_CUSTOM_ERROR = 0x08;
export const EXECUTE_FLAG_SAME_URL = 0x10;
export const EXECUTE_FLAG_BUFFER_RESPONSE = 0x20;
export const EXECUTE_FLAG_HTTP_CACHE_ELIGIBLE = 0x40;
