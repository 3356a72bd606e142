import { CODES, type ErrorCode } from '@baton/core';
import type { RequestMessage } from '../listener/request-message.ts';

/** Seconds after which trying again is worth it; absent where it is not. */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = {
  QUEUE_FULL: 1,
  QUEUE_TIMEOUT: 5,
  NOT_TAKEN: 1,
  POOL_STOPPED: 30,
  ADAPTER_DRAINING: 1,
  WORKER_DIED: 1,
  LINK_LOST: 1,
  REQUEST_TIMEOUT: 5,
};

/** A whole response of Baton's own, in no version of HTTP yet. */
export interface Refusal {
  readonly status: number;
  /** Header lines, each with its CRLF, without those that say how long the body is. */
  readonly lines: string;
  /** ASCII. */
  readonly body: string;
  /** The request was HEAD: the body is announced and not sent. */
  readonly isHead: boolean;
}

/** A refusal: x-baton-error with the code, what happened and what to do as text, or as JSON when the client accepts that. */
export function refusalOf(code: ErrorCode, cause: string, message: RequestMessage, requestId: string): Refusal {
  const { status, what, hint } = CODES[code];
  const detail = cause
    .replace(/[^\t\x20-\x7e]/g, '?')
    .replace(/\.$/, '')
    .slice(0, 1000);
  const isJson = acceptsJson(message);
  const body = isJson
    ? `${JSON.stringify({ error: code, status, message: what, cause: detail, hint, requestId })}\n`
    : `${code}: ${detail ? `${what.replace(/\.$/, '')}: ${detail}.` : what} ${hint}.\n`;
  const retryAfter = RETRY_AFTER[code];
  const lines =
    `Content-Type: ${isJson ? 'application/json' : 'text/plain; charset=utf-8'}\r\nx-baton-error: ${code}\r\n` +
    `${retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`}${requestId ? `x-request-id: ${requestId}\r\n` : ''}` +
    `Date: ${new Date().toUTCString()}\r\n`;
  return { status, lines, body, isHead: message.method === 'HEAD' };
}

function acceptsJson(message: RequestMessage): boolean {
  for (let i = 0; i < message.headers.length; i += 2) {
    if (message.headers[i]!.toLowerCase() === 'accept') return /\bapplication\/(?:[\w.-]+\+)?json\b/i.test(message.headers[i + 1]!);
  }
  return false;
}
