import type { ErrorCode } from '@baton/core';
import type { ExitFacts } from '../slots/record.ts';

/** What is known when a worker process is gone. */
export interface EndFacts {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was never created: the reason. */
  readonly spawnError: string | undefined;
  /** It reached `listening`. */
  readonly hasListened: boolean;
  /** What it said about itself before it ended. */
  readonly failed: { readonly code: ErrorCode; readonly message: string } | undefined;
  /** Why this host ended it, when it did; the first reason wins. */
  readonly ended: { readonly code: ErrorCode; readonly message: string } | undefined;
  /** Cause of the stop order; '' = none entered. */
  readonly stopCause: string;
  /** Why it is not well, as its app said before a ping; undefined: it has not. */
  readonly unhealthy: string | undefined;
  /** The ladder came to SIGTERM. */
  readonly wasTerminated: boolean;
  /** The most telling of its last lines on stderr. */
  readonly lastLine: string;
}

/** What WAS gives as the cause of a forced stop for a ping, and what its releases before did. */
const UNHEALTHY: readonly string[] = ['WORKER_UNHEALTHY', 'unhealthy'];

/** Turns the facts into what is reported: one error code, one line, planned or not. */
export function explainExit(facts: EndFacts): ExitFacts {
  const how = { code: facts.signal || facts.code === null ? -1 : facts.code, signal: facts.signal ?? '' };
  const tell = (errorCode: ErrorCode | '', message: string, planned = facts.stopCause !== ''): ExitFacts => ({
    ...how,
    errorCode,
    message: message.replace(/\s+/g, ' ').trim(),
    planned,
  });
  if (UNHEALTHY.includes(facts.stopCause)) {
    const why =
      facts.unhealthy === undefined ? 'it did not answer pings' : `it said that it is not well (${facts.unhealthy || 'no reason'})`;
    return tell('WORKER_UNHEALTHY', `${why} and was ended`, false);
  }
  if (facts.stopCause !== '') {
    if (facts.ended) return tell(facts.ended.code, facts.ended.message);
    if (facts.code === 0 || facts.wasTerminated) return tell('', `stopped: ${facts.stopCause}`);
    return tell('APP_CRASHED', withLine(`the worker process ended ${describeEnding(facts)} while it was stopping`, facts.lastLine));
  }
  if (facts.spawnError !== undefined) return tell('SPAWN_FAILED', `the worker process could not be created: ${facts.spawnError}`);
  if (facts.ended) return tell(facts.ended.code, withLine(facts.ended.message, facts.lastLine));
  if (facts.failed) return tell(facts.failed.code, facts.failed.message);
  const ending = describeEnding(facts);
  if (facts.hasListened) return tell('APP_CRASHED', withLine(`the worker process ended unasked ${ending}`, facts.lastLine));
  return tell('APP_EXITED', withLine(`the app ended ${ending} before it was ready`, facts.lastLine));
}

function describeEnding({ code, signal }: EndFacts): string {
  if (signal === 'SIGKILL') return 'by SIGKILL (killed from outside, or out of memory)';
  return signal ? `by ${signal}` : `with exit code ${code}`;
}

function withLine(message: string, line: string): string {
  return line === '' ? message : `${message}; it last said: ${line}`;
}

/** An error's own line as Node prints it: "Error: no", "TypeError [ERR_X]: no", "MyError: no". */
const ERROR_LINE = /^(Uncaught )?[\w$.]*(Error|Exception|Rejection)\b.*/;
const NOISE = /^(\s+at .*|\s*\^+\s*|\s*[{}]\s*|Node\.js v\d.*|\s*)$/;

/** Of the last lines on stderr the one that says most: the last error line, else the last that is no stack frame or footer. */
export function pickTellingLine(lines: readonly string[]): string {
  const line = lines.findLast((text) => ERROR_LINE.test(text)) ?? lines.findLast((text) => !NOISE.test(text)) ?? '';
  return line.trim().slice(0, 300).toWellFormed();
}
