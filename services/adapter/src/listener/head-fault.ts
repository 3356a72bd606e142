import { CODES, type ErrorCode } from '@baton/core';

/** Statuses with which the parser refuses bytes that are not a request it may serve. */
export type FaultStatus = 400 | 413 | 431 | 501 | 505;

/** Codes of refusals that the listener makes by itself, before routing or behind it. */
export type FaultCode = Extract<
  ErrorCode,
  | 'BAD_REQUEST'
  | 'HEADERS_TIMEOUT'
  | 'BODY_TIMEOUT'
  | 'BODY_TOO_LARGE'
  | 'HEADERS_TOO_LARGE'
  | 'NOT_IMPLEMENTED'
  | 'HTTP2_ABUSE'
  | 'HTTP2_PROTOCOL'
  | 'TLS_FAILED'
  | 'TOO_MANY_CONNECTIONS'
  | 'VERSION_NOT_SUPPORTED'
>;

const CODE_OF: Record<FaultStatus, FaultCode> = {
  400: 'BAD_REQUEST',
  413: 'BODY_TOO_LARGE',
  431: 'HEADERS_TOO_LARGE',
  501: 'NOT_IMPLEMENTED',
  505: 'VERSION_NOT_SUPPORTED',
};

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

/** The whole answer to bytes that are no request: what node:http writes before it closes the connection, and the code. `more`: further lines. */
export function faultResponse(code: FaultCode, more = ''): string {
  const { status } = CODES[code];
  return `HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nx-baton-error: ${code}\r\n${more}\r\n`;
}

/** The parser's way out: the bytes are refused with `status`, `reason` says which rule they broke. */
export class HeadFault extends Error {
  readonly status: FaultStatus;
  constructor(status: FaultStatus, reason: string) {
    super(reason);
    this.name = 'HeadFault';
    this.status = status;
  }

  get code(): FaultCode {
    return CODE_OF[this.status];
  }
}
