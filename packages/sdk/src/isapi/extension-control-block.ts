import type { HSE_IO_ASYNC, HSE_IO_SYNC } from '../constants/isapi.ts';
import type { SupportCode, SupportFunctions } from './support-functions.ts';

/**
 * One request, as an extension sees it (EXTENSION_CONTROL_BLOCK).
 *
 * - It ends with the session: when httpExtensionProc has returned anything but HSE_STATUS_PENDING, or HSE_REQ_DONE_WITH_SESSION was said. From then on
 *   every use of it throws HostError ERROR_INVALID_HANDLE, also when the memory behind it serves another request.
 * - At most one asynchronous operation is outstanding. A second one is refused with ERROR_INVALID_PARAMETER and does not disturb the first.
 */
export interface ExtensionControlBlock {
  /** Interface version (dwVersion): HSE_VERSION. */
  readonly version: number;
  /** Number of the request in this process, never used twice (ConnID). */
  readonly connId: number;
  /** Status for the log (dwHttpStatusCode), and of a head that the host has to write by itself. @default 200 */
  httpStatusCode: number;
  /** Text for the request's line of the log, cut at 80 bytes (lpszLogData). */
  logData: string;
  /** lpszMethod. */
  readonly method: string;
  /** Without '?' (lpszQueryString). */
  readonly queryString: string;
  /** Decoded path (lpszPathInfo). */
  readonly pathInfo: string;
  /** The file that `pathInfo` names (lpszPathTranslated); '' where the site has no folder. */
  readonly pathTranslated: string;
  /** Bytes of the whole body (cbTotalBytes); HSE_TOTAL_BYTES_UNKNOWN = read until 0 bytes. */
  readonly totalBytes: number;
  /** Bytes of the body that came before the call (cbAvailable), at most 48 KiB. */
  readonly availableBytes: number;
  /** They themselves (lpbData); no read gives them again. */
  readonly data: Buffer;
  /** lpszContentType; '' = not said. */
  readonly contentType: string;

  /**
   * Value of a server variable.
   *
   * - Throws ERROR_INVALID_INDEX for an unknown name, ERROR_NO_DATA for one without a value here.
   * - `HTTP_NAME` is a header field with its dashes as underscores, `HEADER_Name` one as it is written. `UNICODE_NAME` is the same as `NAME`, but for
   *   header fields.
   */
  getServerVariable(name: string): string;

  /**
   * Reads what comes behind `data` into the buffer; resolves with the bytes read, at most the buffer's length.
   *
   * - 0 = nothing more comes: the body is complete, or the client has closed.
   * - Rejects with ERROR_TIMEOUT after 60 s without a byte. It may be called again then.
   */
  readClient(buffer: Uint8Array): Promise<number>;

  /**
   * Sends bytes of the body; a head that was not sent goes before them.
   *
   * - Resolves with the bytes written once they have been taken. The buffer must not be changed before.
   * - With HSE_IO_ASYNC it is an asynchronous operation: the bytes written are told to the completion routine only.
   */
  writeClient(buffer: Uint8Array, flags?: typeof HSE_IO_SYNC): Promise<number>;
  writeClient(buffer: Uint8Array, flags: typeof HSE_IO_ASYNC): undefined;

  /** Asks something of the host: HSE_REQ_*. Throws HostError when it is refused; ERROR_NOT_SUPPORTED names what has no meaning here. */
  serverSupportFunction<Code extends SupportCode>(
    code: Code,
    ...args: Parameters<SupportFunctions[Code]>
  ): ReturnType<SupportFunctions[Code]>;
  serverSupportFunction(code: number, ...args: unknown[]): unknown;
}
