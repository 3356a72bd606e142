import type { ServerResponse } from 'node:http';
import type { DataChunk, Sent } from './data-chunk.ts';

/** Status line of a response and what modules have noted about it. */
export interface ResponseStatus {
  readonly statusCode: number;
  readonly reason: string;
  readonly subStatus: number;
  /** What led to it, an HRESULT; 0 = nothing. */
  readonly hresult: number;
}

/**
 * The response (IHttpResponse).
 *
 * - What modules write is buffered: it goes out behind RQ_END_REQUEST with a Content-Length, or sooner with `flush`, with the first bytes of the
 *   app's own response, or when more than 4 MiB are held.
 * - What the app writes to its `ServerResponse` goes out at once.
 * - Status and headers can be changed until they are out; then those calls throw ERROR_INVALID_STATE.
 */
export interface HttpResponse {
  /** IHttpResponse::GetRawHttpResponse. What is written to it goes out at once, as what an app writes. */
  getRawHttpResponse(): ServerResponse;
  /**
   * IHttpResponse::SetStatus.
   *
   * - `reason`: '' = the usual one of the status. @default ''
   * - ERROR_INVALID_PARAMETER: no status of 200 to 999. ERROR_INVALID_DATA: a reason longer than 512 characters or with characters no status line may have.
   */
  setStatus(statusCode: number, reason?: string, subStatus?: number, hresult?: number): void;
  /** IHttpResponse::GetStatus. */
  getStatus(): ResponseStatus;
  /** IHttpResponse::GetHeader. Values that repeat are joined by ", ". */
  getHeader(name: string): string | undefined;
  /** IHttpResponse::SetHeader. `replace` false adds a further value. @default true */
  setHeader(name: string, value: string, replace?: boolean): void;
  /** IHttpResponse::DeleteHeader. */
  deleteHeader(name: string): void;
  /** IHttpResponse::ClearHeaders. */
  clearHeaders(): void;
  /** IHttpResponse::GetHeaderChanges: names, in lower case, that modules have set or deleted. */
  getHeaderChanges(): readonly string[];
  /** IHttpResponse::Clear: drops what is buffered, and status and headers with it unless they are out. */
  clear(): void;
  /**
   * IHttpResponse::Redirect: 302 with Location. Return RQ_NOTIFICATION_FINISH_REQUEST afterwards.
   *
   * - Sends nothing by itself, and does nothing at all once status and headers are out.
   * - `resetStatusCode` false keeps the status that is set. @default true
   * - `includeParameters` true puts the request's query behind the URL. @default false
   */
  redirect(url: string, resetStatusCode?: boolean, includeParameters?: boolean): void;
  /** IHttpResponse::SetErrorDescription: a text for modules that log it or answer with it (the host itself writes it nowhere), with &, <, > and " made harmless for HTML. @default htmlEncode true */
  setErrorDescription(description: string, htmlEncode?: boolean): void;
  /** IHttpResponse::GetErrorDescription. */
  getErrorDescription(): string | undefined;
  /**
   * IHttpResponse::WriteEntityChunks: puts pieces behind what is there; bytes in memory are copied.
   *
   * - ERROR_ARITHMETIC_OVERFLOW: more than 65535 pieces in one response.
   * - Gives 0 where they are buffered. With buffering off, or more than 4 MiB held, they are sent: a promise of the bytes, settled when all are on their way.
   * - In RQ_SEND_RESPONSE they join what is about to go out.
   */
  writeEntityChunks(chunks: DataChunk | readonly DataChunk[], moreData?: boolean): Sent;
  /**
   * IHttpResponse::WriteEntityChunkByReference: the same for one piece that is not copied, put at `position` of those held: 0 = first, -1 = last.
   *
   * - Its memory must not change until the request has ended.
   */
  writeEntityChunkByReference(chunk: DataChunk, position?: number): void;
  /** The pieces that are held; of a child that ran with EXECUTE_FLAG_BUFFER_RESPONSE, the entity it answered with. */
  getEntityChunks(): readonly DataChunk[];
  /**
   * IHttpResponse::Flush: sends status and headers and what is held. `moreData` false ends the response. @default moreData true
   *
   * - Settles with the bytes of entity sent, when all are on their way; waits while the client takes no more.
   * - ERROR_CONNECTION_INVALID: the client is gone. ERROR_BUSY: a flush is under way. ERROR_INVALID_STATE: the response has ended, or is the app's.
   */
  flush(moreData?: boolean): Promise<number>;
  /** IHttpResponse::DisableBuffering: from here on `writeEntityChunks` sends. */
  disableBuffering(): void;
  /**
   * IHttpResponse::SuppressHeaders: nothing but the pieces goes out; they hold a whole HTTP/1.1 message, head included. The connection ends with it.
   *
   * - ERROR_INVALID_STATE once the response is the app's, or out.
   */
  suppressHeaders(): void;
  /** IHttpResponse::GetHeadersSuppressed. */
  getHeadersSuppressed(): boolean;
  /** IHttpContext::GetResponseHeadersSent. */
  getHeadersSent(): boolean;
  /** IHttpResponse::SetNeedDisconnect: the connection is closed behind this response. */
  setNeedDisconnect(): void;
  /** IHttpResponse::GetNeedDisconnect. */
  getNeedDisconnect(): boolean;
  /** IHttpResponse::ResetConnection: breaks the connection now. The pipeline goes on unless the handler finishes the request. */
  resetConnection(): void;
  /** IHttpResponse::CloseConnection: the same; what is buffered is lost. */
  closeConnection(): void;

  /** Left out: throws ERROR_NOT_SUPPORTED. */
  getCachePolicy(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  getKernelCacheEnabled(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  disableKernelCache(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  pushPromise(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  setTrailer(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  deleteTrailer(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  resetStream(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  goAway(): never;
}
