import type { FileHandle } from 'node:fs/promises';
import type { IoCompletion } from './completion.ts';

/** A file that the extension has open: a FileHandle or a descriptor. It stays the extension's, and must stay open until the completion. */
export type OpenFile = FileHandle | number;

/** Header fields: as text ("Name: value" lines, CRLF between them; what stands behind an empty line goes out as body), as pairs, or by name. */
export type HeaderFields = string | readonly (readonly [string, string])[] | Readonly<Record<string, string | readonly string[]>>;

/** What HSE_REQ_SEND_RESPONSE_HEADER_EX takes (HSE_SEND_HEADER_EX_INFO). */
export interface SendHeaderInfo {
  /** "200 OK". @default '200 OK' */
  readonly status?: string;
  readonly headers?: HeaderFields;
  /** False: the connection closes behind the response. @default true */
  readonly keepConn?: boolean;
}

/**
 * What HSE_REQ_TRANSMIT_FILE takes (HSE_TF_INFO): `head`, a part of a file and `tail`, sent as one operation.
 *
 * - `flags` must have HSE_IO_ASYNC. With HSE_IO_SEND_HEADERS `head` is the text of the header fields and `status` the status, and no other header may have
 *   been sent. With HSE_IO_DISCONNECT_AFTER_SEND the connection closes behind it, and DONE_WITH_SESSION is still owed.
 * - The bytes told at the end are those of the body: head (as far as it is body), file and tail.
 */
export interface TransmitFileInfo<Context = unknown> {
  /** Absent: only head and tail are sent. */
  readonly file?: OpenFile;
  /** Of the file; 0 = to its end. @default 0 */
  readonly bytesToWrite?: number;
  /** Where in the file to begin; behind its end is error 10022. @default 0 */
  readonly offset?: number;
  readonly head?: string | Uint8Array;
  readonly tail?: string | Uint8Array;
  /** "200 OK", for HSE_IO_SEND_HEADERS. */
  readonly status?: string;
  readonly flags: number;
  /** In place of the routine of HSE_REQ_IO_COMPLETION, for this operation (pfnHseIO). */
  readonly routine?: IoCompletion<Context>;
  /** In place of the context of HSE_REQ_IO_COMPLETION, for this operation (pContext). */
  readonly context?: Context;
}

/** Bytes in memory, in a vector (HSE_VECTOR_ELEMENT); not to be changed before the completion. */
export interface MemoryElement {
  /** HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER. */
  readonly type: 0;
  readonly buffer: Uint8Array;
  /** @default 0 */
  readonly offset?: number;
  /** 0 is refused. @default to the end */
  readonly size?: number;
}

/** A part of a file, in a vector (HSE_VECTOR_ELEMENT). */
export interface FileElement {
  /** HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE. */
  readonly type: 1;
  readonly file: OpenFile;
  /** @default 0 */
  readonly offset?: number;
  /** 0 = to its end. @default 0 */
  readonly size?: number;
}

/**
 * What HSE_REQ_VECTOR_SEND takes (HSE_RESPONSE_VECTOR).
 *
 * - `flags`: HSE_IO_ASYNC, or HSE_IO_SYNC: then a promise of the bytes is returned. HSE_IO_SEND_HEADERS if and only if `status` and `headers` are given;
 *   HSE_IO_CACHE_RESPONSE only with HSE_IO_SEND_HEADERS and HSE_IO_FINAL_SEND.
 */
export interface ResponseVector {
  readonly flags: number;
  readonly status?: string;
  readonly headers?: HeaderFields;
  readonly elements: readonly (MemoryElement | FileElement)[];
}

/** What HSE_REQ_EXEC_URL takes (HSE_EXEC_URL_INFO): a request of this site, whose response becomes this one's. */
export interface ExecUrlInfo {
  /** Path and query: "/reports/1?full". */
  readonly url: string;
  /** A token (RFC 9110, 5.6.2). @default that of this request */
  readonly method?: string;
  /** Content-Length is that of the entity, or left out; Transfer-Encoding is refused. @default those of this request */
  readonly childHeaders?: Readonly<Record<string, string | string[]>>;
  /** @default none */
  readonly entity?: string | Uint8Array;
  /** HSE_EXEC_URL_NO_HEADERS, HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE; others are ERROR_NOT_SUPPORTED. @default 0 */
  readonly flags?: number;
}

/** What HSE_REQ_GET_EXEC_URL_STATUS answers (HSE_EXEC_URL_STATUS). */
export interface ExecUrlStatus {
  readonly httpStatusCode: number;
  readonly httpSubStatus: number;
  /** A number of winerror.h; 0 = none. */
  readonly win32Error: number;
}

/** What HSE_REQ_SEND_CUSTOM_ERROR takes (HSE_CUSTOM_ERROR_INFO). */
export interface CustomErrorInfo {
  /** "404 Not Found". */
  readonly status: string;
  /** 2 makes it 404.2. @default 0 */
  readonly subError?: number;
  /** True: the routine is told when it is out. @default false */
  readonly isAsync?: boolean;
}

/** What HSE_REQ_MAP_URL_TO_PATH_EX answers (HSE_URL_MAPEX_INFO). */
export interface UrlMapping {
  readonly path: string;
  /** HSE_URL_FLAGS_*: what the process may do with the file; 0 = it is not there. */
  readonly flags: number;
  /** How much of `path`, in characters, is the folder that the site has there. */
  readonly matchingPathLength: number;
  /** How much of the URL belongs to that folder. */
  readonly matchingUrlLength: number;
}
