import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Address and port of one end of a connection; '' and 0 once it is gone. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What TLS told about the client (HTTP_SSL_CLIENT_CERT_INFO), as far as it reached this process. */
export interface ClientCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  /** SHA-256 of the certificate: "AB:CD:…". */
  readonly fingerprint: string;
  /** Whether the chain was verified. */
  readonly isVerified: boolean;
}

/** The request (IHttpRequest). Changes reach the app behind the modules: they are made on its `IncomingMessage`. */
export interface HttpRequest {
  /** IHttpRequest::GetRawHttpRequest. */
  getRawHttpRequest(): IncomingMessage;
  /** IHttpRequest::GetHeader, by name in any case. Values that repeat are joined by ", ". */
  getHeader(name: string): string | undefined;
  /** IHttpRequest::SetHeader. `replace` false: put behind the value that is there. @default true */
  setHeader(name: string, value: string, replace?: boolean): void;
  /** IHttpRequest::DeleteHeader. */
  deleteHeader(name: string): void;
  /** All of them, as Node gives them. */
  getHeaders(): Readonly<IncomingHttpHeaders>;
  /** IHttpRequest::GetHeaderChanges: names, in lower case, that modules have set or deleted. */
  getHeaderChanges(): readonly string[];
  /** IHttpRequest::GetHttpMethod. */
  getHttpMethod(): string;
  /** IHttpRequest::SetHttpMethod. */
  setHttpMethod(method: string): void;
  /** The request target: path and query. */
  getUrl(): string;
  /**
   * IHttpRequest::SetUrl.
   *
   * - `resetQueryString` false keeps the query the request has. @default true
   */
  setUrl(url: string, resetQueryString?: boolean): void;
  /** IHttpRequest::GetUrlChanged. */
  getUrlChanged(): boolean;
  /** IHttpRequest::GetForwardedUrl: the target as it came, when it was changed; undefined otherwise. */
  getForwardedUrl(): string | undefined;
  /** IHttpRequest::GetLocalAddress. */
  getLocalAddress(): Endpoint;
  /** IHttpRequest::GetRemoteAddress: the client's, as the listener saw it. */
  getRemoteAddress(): Endpoint;
  /** IHttpRequest::GetHttpVersion: [1, 1]. */
  getHttpVersion(): readonly [major: number, minor: number];
  /**
   * IHttpRequest::ReadEntityBody: fills `buffer` from its beginning with what has come, at least one byte; gives their number.
   *
   * - ERROR_HANDLE_EOF: the body is consumed. ERROR_CONNECTION_INVALID: the client went away before its end.
   * - One read at a time: ERROR_BUSY. The buffer belongs to the read until it has settled.
   * - What is read here is not read by the app, unless it is put back by `insertEntityBody`.
   */
  readEntityBody(buffer: Uint8Array): Promise<number>;
  /**
   * IHttpRequest::InsertEntityBody: puts bytes before the unread remainder.
   *
   * - Not copied: they must not change until the request has ended. Content-Length is not updated.
   */
  insertEntityBody(entity: Uint8Array): void;
  /** IHttpRequest::GetRemainingEntityBytes: bytes not read yet; undefined = the request does not say its length. */
  getRemainingEntityBytes(): number | undefined;
  /** IHttpRequest::GetClientCertificate; undefined = the client gave none, or TLS ends before this process. */
  getClientCertificate(): ClientCertificate | undefined;
  /** IHttpRequest::GetSiteId. The name of the site: numbers belong to IIS. */
  getSiteId(): string;

  /** Left out: throws ERROR_NOT_SUPPORTED. */
  negotiateClientCertificate(): never;
  /** Left out: throws ERROR_NOT_SUPPORTED. */
  getChannelBindingToken(): never;
}
