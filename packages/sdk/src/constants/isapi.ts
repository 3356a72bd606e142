/** Version of the interface (HSE_VERSION): 8.0. */
export const HSE_VERSION = 0x0008_0000 as const;

// ---- what httpExtensionProc returns ---------------------------------------------------------------------------------

/** Done. */
export const HSE_STATUS_SUCCESS = 1 as const;
/** Done, and the connection may be kept: what was sent has the length that its head promised. */
export const HSE_STATUS_SUCCESS_AND_KEEP_CONN = 2 as const;
/** The request goes on until HSE_REQ_DONE_WITH_SESSION. */
export const HSE_STATUS_PENDING = 3 as const;
/** Failed: 500 while no head is out. */
export const HSE_STATUS_ERROR = 4 as const;

/** HSE_STATUS_*. */
export type ExtensionStatus =
  | typeof HSE_STATUS_SUCCESS
  | typeof HSE_STATUS_SUCCESS_AND_KEEP_CONN
  | typeof HSE_STATUS_PENDING
  | typeof HSE_STATUS_ERROR;

/** A status that ends the session. */
export type FinalStatus = Exclude<ExtensionStatus, typeof HSE_STATUS_PENDING>;

// ---- flags of terminateExtension --------------------------------------------------------------------------------------

/** The extension may refuse to be unloaded, by returning false. */
export const HSE_TERM_ADVISORY_UNLOAD = 1 as const;
/** It is unloaded whatever it returns. */
export const HSE_TERM_MUST_UNLOAD = 2 as const;

// ---- flags of input and output ----------------------------------------------------------------------------------------

export const HSE_IO_SYNC = 0x0000_0001 as const;
export const HSE_IO_ASYNC = 0x0000_0002 as const;
/** The connection closes behind this send; DONE_WITH_SESSION is still owed. */
export const HSE_IO_DISCONNECT_AFTER_SEND = 0x0000_0004 as const;
/** Status and headers go out with this send. */
export const HSE_IO_SEND_HEADERS = 0x0000_0008 as const;
/** Nothing more will be sent. */
export const HSE_IO_FINAL_SEND = 0x0000_0010 as const;
/** The response may be cached: only together with FINAL_SEND and for a whole response. */
export const HSE_IO_CACHE_RESPONSE = 0x0000_0020 as const;
export const HSE_IO_TRY_SKIP_CUSTOM_ERRORS = 0x0000_0040 as const;
/** Small packets are not held back (TCP_NODELAY). */
export const HSE_IO_NODELAY = 0x0000_1000 as const;

/** `type` of a vector's element: bytes in memory. */
export const HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER = 0 as const;
/** `type` of a vector's element: a part of a file. */
export const HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE = 1 as const;

export const HSE_EXEC_URL_NO_HEADERS = 0x02 as const;
export const HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR = 0x04 as const;
export const HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE = 0x10 as const;
export const HSE_EXEC_URL_DISABLE_CUSTOM_ERROR = 0x20 as const;
export const HSE_EXEC_URL_SSI_CMD = 0x40 as const;
export const HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE = 0x80 as const;

/** What HSE_REQ_IS_IN_PROCESS answers: in the worker process itself. */
export const HSE_APP_FLAG_IN_PROCESS = 0 as const;
export const HSE_APP_FLAG_ISOLATED_OOP = 1 as const;
export const HSE_APP_FLAG_POOLED_OOP = 2 as const;

/** `flags` of a mapped URL: the file there can be read. */
export const HSE_URL_FLAGS_READ = 0x01 as const;
/** It can be written. */
export const HSE_URL_FLAGS_WRITE = 0x02 as const;
/** It can be executed. */
export const HSE_URL_FLAGS_EXECUTE = 0x04 as const;

/** `totalBytes` of a request whose length is not known: read until 0 bytes. */
export const HSE_TOTAL_BYTES_UNKNOWN = 0xffff_ffff as const;

// ---- codes of serverSupportFunction -----------------------------------------------------------------------------------

export const HSE_REQ_SEND_URL_REDIRECT_RESP = 1 as const;
export const HSE_REQ_SEND_URL = 2 as const;
export const HSE_REQ_SEND_RESPONSE_HEADER = 3 as const;
export const HSE_REQ_DONE_WITH_SESSION = 4 as const;
export const HSE_REQ_MAP_URL_TO_PATH = 1001 as const;
export const HSE_REQ_GET_SSPI_INFO = 1002 as const;
export const HSE_REQ_APPEND_LOG_PARAMETER = 1003 as const;
export const HSE_REQ_IO_COMPLETION = 1005 as const;
export const HSE_REQ_TRANSMIT_FILE = 1006 as const;
export const HSE_REQ_REFRESH_ISAPI_ACL = 1007 as const;
export const HSE_REQ_IS_KEEP_CONN = 1008 as const;
export const HSE_REQ_ASYNC_READ_CLIENT = 1010 as const;
export const HSE_REQ_GET_IMPERSONATION_TOKEN = 1011 as const;
export const HSE_REQ_MAP_URL_TO_PATH_EX = 1012 as const;
export const HSE_REQ_ABORTIVE_CLOSE = 1014 as const;
export const HSE_REQ_GET_CERT_INFO_EX = 1015 as const;
export const HSE_REQ_SEND_RESPONSE_HEADER_EX = 1016 as const;
export const HSE_REQ_CLOSE_CONNECTION = 1017 as const;
export const HSE_REQ_IS_CONNECTED = 1018 as const;
export const HSE_REQ_MAP_UNICODE_URL_TO_PATH = 1023 as const;
export const HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX = 1024 as const;
export const HSE_REQ_EXEC_UNICODE_URL = 1025 as const;
export const HSE_REQ_EXEC_URL = 1026 as const;
export const HSE_REQ_GET_EXEC_URL_STATUS = 1027 as const;
export const HSE_REQ_SEND_CUSTOM_ERROR = 1028 as const;
export const HSE_REQ_IS_IN_PROCESS = 1030 as const;
export const HSE_REQ_REPORT_UNHEALTHY = 1032 as const;
export const HSE_REQ_NORMALIZE_URL = 1033 as const;
export const HSE_REQ_VECTOR_SEND = 1037 as const;
export const HSE_REQ_GET_ANONYMOUS_TOKEN = 1038 as const;
export const HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK = 1040 as const;
export const HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN = 1041 as const;
export const HSE_REQ_GET_TRACE_INFO = 1042 as const;
export const HSE_REQ_SET_FLUSH_FLAG = 1043 as const;
export const HSE_REQ_GET_TRACE_INFO_EX = 1044 as const;
export const HSE_REQ_RAISE_TRACE_EVENT = 1045 as const;
export const HSE_REQ_GET_CONFIG_OBJECT = 1046 as const;
export const HSE_REQ_GET_WORKER_PROCESS_SETTINGS = 1047 as const;
export const HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK = 1048 as const;
export const HSE_REQ_CANCEL_IO = 1049 as const;
export const HSE_REQ_GET_CHANNEL_BINDING_TOKEN = 1050 as const;
