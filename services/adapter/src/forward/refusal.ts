import { CODES, type ErrorCode } from '@baton/core';
import { reasonOf } from '../listener/reply.ts';
import type { RequestMessage } from '../listener/request-message.ts';

/** Seconds after which trying again is worth it; absent where it is not. */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = {
  QUEUE_FULL: 1,
  QUEUE_TIMEOUT: 5,
  POOL_STOPPED: 30,
  ADAPTER_DRAINING: 1,
  WORKER_DIED: 1,
  LINK_LOST: 1,
  REQUEST_TIMEOUT: 5,
};

/**
 * A whole response of Baton's own: x-baton-error with the code, what happened and what to do as text, or as JSON when the client accepts that.
 *
 * - `connectionLines`: Connection and Keep-Alive lines, each with its CRLF.
 */
export function refusalText(code: ErrorCode, cause: string, message: RequestMessage, requestId: string, connectionLines: string): string {
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
  return (
    `HTTP/1.1 ${status} ${reasonOf(status)}\r\nContent-Type: ${isJson ? 'application/json' : 'text/plain; charset=utf-8'}\r\nx-baton-error: ${code}\r\n` +
    `${retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`}${requestId ? `x-request-id: ${requestId}\r\n` : ''}` +
    `Date: ${new Date().toUTCString()}\r\n${connectionLines}Content-Length: ${body.length}\r\n\r\n${message.method === 'HEAD' ? '' : body}`
  );
}

function acceptsJson(message: RequestMessage): boolean {
  for (let i = 0; i < message.headers.length; i += 2) {
    if (message.headers[i]!.toLowerCase() === 'accept') return /\bapplication\/(?:[\w.-]+\+)?json\b/i.test(message.headers[i + 1]!);
  }
  return false;
}
