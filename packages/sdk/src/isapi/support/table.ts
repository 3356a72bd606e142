import * as HSE from '../../constants/isapi.ts';

/** One code of serverSupportFunction, as docs/programming-model.md lists it. */
export interface SupportRow {
  readonly code: number;
  readonly name: string;
  readonly works: boolean;
  /** What it does here, or why it is not supported. */
  readonly why: string;
}

const WORKS: Readonly<Record<number, string>> = {
  [HSE.HSE_REQ_SEND_URL_REDIRECT_RESP]: '302 to a URL, as the whole response',
  [HSE.HSE_REQ_SEND_URL]: 'the response of another URL of the site; a promise. Needs the site around it',
  [HSE.HSE_REQ_SEND_RESPONSE_HEADER]: 'status and header fields; superseded by the next',
  [HSE.HSE_REQ_SEND_RESPONSE_HEADER_EX]: 'the same, and whether the connection is kept; goes out with the first bytes of the body',
  [HSE.HSE_REQ_DONE_WITH_SESSION]: 'ends the session, once; refused while an operation is outstanding',
  [HSE.HSE_REQ_MAP_URL_TO_PATH]:
    'URL path to file, as mapPath of a module: the query is cut, then the path decoded once; those of RQ_MAP_PATH are asked',
  [HSE.HSE_REQ_MAP_URL_TO_PATH_EX]: 'the same, with what the process may do there',
  [HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH]: 'as HSE_REQ_MAP_URL_TO_PATH: text is Unicode here',
  [HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX]: 'as HSE_REQ_MAP_URL_TO_PATH_EX',
  [HSE.HSE_REQ_APPEND_LOG_PARAMETER]: 'text for the line of the log that the request leaves',
  [HSE.HSE_REQ_IO_COMPLETION]: 'routine and context of asynchronous operations; the last setting wins, none = never called',
  [HSE.HSE_REQ_TRANSMIT_FILE]: 'asynchronous: head, a part of a file, tail',
  [HSE.HSE_REQ_VECTOR_SEND]:
    'memory and files in one send; HSE_IO_SYNC answers a promise. HSE_IO_CACHE_RESPONSE is checked, and nothing is cached',
  [HSE.HSE_REQ_ASYNC_READ_CLIENT]: 'asynchronous read of the body; needs a routine before',
  [HSE.HSE_REQ_IS_KEEP_CONN]: 'whether the client wants to keep its connection',
  [HSE.HSE_REQ_IS_CONNECTED]: 'whether the client is there',
  [HSE.HSE_REQ_CLOSE_CONNECTION]: 'closes the connection now; the session is still to be ended',
  [HSE.HSE_REQ_ABORTIVE_CLOSE]: 'from here on the connection is reset where it would be closed',
  [HSE.HSE_REQ_EXEC_URL]:
    'asynchronous child request; of its flags NO_HEADERS and IGNORE_VALIDATION_AND_RANGE, others are ERROR_NOT_SUPPORTED. Needs the site around it',
  [HSE.HSE_REQ_EXEC_UNICODE_URL]: 'as HSE_REQ_EXEC_URL',
  [HSE.HSE_REQ_GET_EXEC_URL_STATUS]: 'status of the last child request',
  [HSE.HSE_REQ_SEND_CUSTOM_ERROR]: 'an error as text, as the whole response',
  [HSE.HSE_REQ_IS_IN_PROCESS]: 'always HSE_APP_FLAG_IN_PROCESS',
  [HSE.HSE_REQ_REPORT_UNHEALTHY]: 'the next ping is a failure; always true',
  [HSE.HSE_REQ_NORMALIZE_URL]: 'a path in its plain form; one that leads above the root is refused',
  [HSE.HSE_REQ_SET_FLUSH_FLAG]: 'heads go out at once',
  [HSE.HSE_REQ_CANCEL_IO]: 'ends the outstanding operation with ERROR_OPERATION_ABORTED; one that sends breaks the connection',
  [HSE.HSE_REQ_GET_TRACE_INFO]: 'W3C trace context of the request; ERROR_NOT_SUPPORTED when it is not traced',
  [HSE.HSE_REQ_GET_TRACE_INFO_EX]: 'as HSE_REQ_GET_TRACE_INFO',
  [HSE.HSE_REQ_GET_WORKER_PROCESS_SETTINGS]: 'facts of the application pool',
};

const REFUSED: Readonly<Record<number, string>> = {
  [HSE.HSE_REQ_GET_SSPI_INFO]: 'there is no SSPI outside Windows; authenticate in a module',
  [HSE.HSE_REQ_REFRESH_ISAPI_ACL]: 'extensions have no ACL of their own; the identity of the pool decides',
  [HSE.HSE_REQ_GET_IMPERSONATION_TOKEN]: 'a worker acts as its pool, never as its client',
  [HSE.HSE_REQ_GET_CERT_INFO_EX]: 'TLS ends in the listener; ask for the fields that it adds',
  [HSE.HSE_REQ_GET_ANONYMOUS_TOKEN]: 'a worker acts as its pool, there is no anonymous account',
  [HSE.HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN]: 'a worker acts as its pool, there is no anonymous account',
  [HSE.HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK]: 'there is no kernel cache to invalidate',
  [HSE.HSE_REQ_RAISE_TRACE_EVENT]: 'there is no ETW; OpenTelemetry in the app joins the trace of the request',
  [HSE.HSE_REQ_GET_CONFIG_OBJECT]: 'there is no metabase; configuration is baton.yaml',
  [HSE.HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK]: 'protocol managers have no custom interface here',
  [HSE.HSE_REQ_GET_CHANNEL_BINDING_TOKEN]: 'TLS ends in the listener, whose channel binding is not passed on',
};

const NAMES = new Map<number, string>();
for (const [name, value] of Object.entries(HSE)) if (name.startsWith('HSE_REQ_')) NAMES.set(value as number, name);

/** Every code, in order. */
export const SUPPORT_TABLE: readonly SupportRow[] = [...NAMES]
  .map(([code, name]) => ({ code, name, works: code in WORKS, why: WORKS[code] ?? REFUSED[code] ?? '' }))
  .sort((a, b) => a.code - b.code);

/** Those that throw ERROR_NOT_SUPPORTED. */
export const NOT_SUPPORTED: ReadonlyMap<number, SupportRow> = new Map(
  SUPPORT_TABLE.filter((row) => !row.works).map((row) => [row.code, row]),
);

/** A code by its name, where it has one. */
export const describeCode = (code: unknown): string => NAMES.get(code as number) ?? String(code);

/** The table of docs/programming-model.md. */
export function printSupportTable(): string {
  const rows = SUPPORT_TABLE.map(
    ({ code, name, works, why }) => `| ${code} | \`${name}\` | ${works ? 'works' : '`ERROR_NOT_SUPPORTED`'} | ${why} |`,
  );
  return ['| code | name | | what it does here, or why not |', '|---|---|---|---|', ...rows].join('\n');
}
