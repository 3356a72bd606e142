/** Version of the interface (HSE_VERSION): 8.0. */
export const HSE_VERSION = 0x0008_0000;

// ---- what httpExtensionProc returns ---------------------------------------------------------------------------------

/** Done. */
export const HSE_STATUS_SUCCESS = 1;
/** Done, and the connection may be kept: what was sent has the length that its head promised. */
export const HSE_STATUS_SUCCESS_AND_KEEP_CONN = 2;
/** The request goes on until HSE_REQ_DONE_WITH_SESSION. */
export const HSE_STATUS_PENDING = 3;
/** Failed: 500 while no head is out. */
export const HSE_STATUS_ERROR = 4;

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
export const HSE_TERM_ADVISORY_UNLOAD = 1;
/** It is unloaded whatever it returns. */
export const HSE_TERM_MUST_UNLOAD = 2;

// ---- flags of input and output ----------------------------------------------------------------------------------------

export const HSE_IO_SYNC = 0x0000_0001;
export const HSE_IO_ASYNC = 0x0000_0002;
/** The connection closes behind this send; DONE_WITH_SESSION is still owed. */
export const HSE_IO_DISCONNECT_AFTER_SEND = 0x0000_0004;
/** Status and headers go out with this send. */
export const HSE_IO_SEND_HEADERS = 0x0000_0008;
/** Nothing more will be sent. */
export const HSE_IO_FINAL_SEND = 0x0000_0010;
/** The response may be cached: only together with FINAL_SEND and for a whole response. */
export const HSE_IO_CACHE_RESPONSE = 0x0000_0020;
export const HSE_IO_TRY_SKIP_CUSTOM_ERRORS = 0x0000_0040;
/** Small packets are not held back (TCP_NODELAY). */
export const HSE_IO_NODELAY = 0x0000_1000;

/** `type` of a vector's element: bytes in memory. */
export const HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER = 0;
/** `type` of a vector's element: a part of a file. */
export const HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE = 1;

export const HSE_EXEC_URL_NO_HEADERS = 0x02;
export const HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR = 0x04;
export const HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE = 0x10;
export const HSE_EXEC_URL_DISABLE_CUSTOM_ERROR = 0x20;
export const HSE_EXEC_URL_SSI_CMD = 0x40;
export const HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE = 0x80;

/** What HSE_REQ_IS_IN_PROCESS answers: in the worker process itself. */
export const HSE_APP_FLAG_IN_PROCESS = 0;
export const HSE_APP_FLAG_ISOLATED_OOP = 1;
export const HSE_APP_FLAG_POOLED_OOP = 2;

/** `flags` of a mapped URL: the file there can be read. */
export const HSE_URL_FLAGS_READ = 0x01;
/** It can be written. */
export const HSE_URL_FLAGS_WRITE = 0x02;
/** It can be executed. */
export const HSE_URL_FLAGS_EXECUTE = 0x04;

/** `totalBytes` of a request whose length is not known: read until 0 bytes. */
export const HSE_TOTAL_BYTES_UNKNOWN = 0xffff_ffff;

// ---- codes of serverSupportFunction -----------------------------------------------------------------------------------

export const HSE_REQ_SEND_URL_REDIRECT_RESP = 1;
export const HSE_REQ_SEND_URL = 2;
export const HSE_REQ_SEND_RESPONSE_HEADER = 3;
export const HSE_REQ_DONE_WITH_SESSION = 4;
export const HSE_REQ_MAP_URL_TO_PATH = 1001;
export const HSE_REQ_GET_SSPI_INFO = 1002;
export const HSE_REQ_APPEND_LOG_PARAMETER = 1003;
export const HSE_REQ_IO_COMPLETION = 1005;
export const HSE_REQ_TRANSMIT_FILE = 1006;
export const HSE_REQ_REFRESH_ISAPI_ACL = 1007;
export const HSE_REQ_IS_KEEP_CONN = 1008;
export const HSE_REQ_ASYNC_READ_CLIENT = 1010;
export const HSE_REQ_GET_IMPERSONATION_TOKEN = 1011;
export const HSE_REQ_MAP_URL_TO_PATH_EX = 1012;
export const HSE_REQ_ABORTIVE_CLOSE = 1014;
export const HSE_REQ_GET_CERT_INFO_EX = 1015;
export const HSE_REQ_SEND_RESPONSE_HEADER_EX = 1016;
export const HSE_REQ_CLOSE_CONNECTION = 1017;
export const HSE_REQ_IS_CONNECTED = 1018;
export const HSE_REQ_MAP_UNICODE_URL_TO_PATH = 1023;
export const HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX = 1024;
export const HSE_REQ_EXEC_UNICODE_URL = 1025;
export const HSE_REQ_EXEC_URL = 1026;
export const HSE_REQ_GET_EXEC_URL_STATUS = 1027;
export const HSE_REQ_SEND_CUSTOM_ERROR = 1028;
export const HSE_REQ_IS_IN_PROCESS = 1030;
export const HSE_REQ_REPORT_UNHEALTHY = 1032;
export const HSE_REQ_NORMALIZE_URL = 1033;
export const HSE_REQ_VECTOR_SEND = 1037;
export const HSE_REQ_GET_ANONYMOUS_TOKEN = 1038;
export const HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK = 1040;
export const HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN = 1041;
export const HSE_REQ_GET_TRACE_INFO = 1042;
export const HSE_REQ_SET_FLUSH_FLAG = 1043;
export const HSE_REQ_GET_TRACE_INFO_EX = 1044;
export const HSE_REQ_RAISE_TRACE_EVENT = 1045;
export const HSE_REQ_GET_CONFIG_OBJECT = 1046;
export const HSE_REQ_GET_WORKER_PROCESS_SETTINGS = 1047;
export const HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK = 1048;
export const HSE_REQ_CANCEL_IO = 1049;
export const HSE_REQ_GET_CHANNEL_BINDING_TOKEN = 1050;
