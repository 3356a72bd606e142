/** Statuses with which the listener refuses bytes that are not a request it may serve; answered as Node answers them. */
export type FaultStatus = 400 | 408 | 413 | 417 | 431 | 501 | 503 | 505;

const REASONS: Record<FaultStatus, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

/** The whole answer to bytes that are no request: what node:http writes before it closes the connection. */
export function faultResponse(status: FaultStatus): string {
  return `HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\n\r\n`;
}

/** The parser's way out: the bytes are refused with `status`, `reason` says which rule they broke. */
export class HeadFault extends Error {
  readonly status: FaultStatus;
  constructor(status: FaultStatus, reason: string) {
    super(reason);
    this.name = 'HeadFault';
    this.status = status;
  }
}
