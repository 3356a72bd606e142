import { CODES, type ErrorCode } from '@baton/core';
import { formatTime } from '../../output/units.ts';

/** A line of a service's log as the terminal shows it. */
export interface ShortLine {
  /** "app": the app's own output; "event": something that WAS tells operators; "log": trouble in a service. */
  readonly kind: 'app' | 'event' | 'log';
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  /** For JSON output. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What services write; see createLogger of @baton/telemetry. */
interface LogFields {
  readonly level?: unknown;
  readonly time?: unknown;
  readonly msg?: unknown;
  readonly err?: { readonly message?: unknown };
  readonly event?: unknown;
  readonly stream?: unknown;
  readonly pool?: unknown;
  readonly worker?: unknown;
  readonly generation?: unknown;
  readonly host?: unknown;
  readonly cause?: unknown;
  readonly errorCode?: unknown;
}

/**
 * What a person at the terminal wants to see of a line: the apps' own output as `w3 shop gen 4 | text`, events, and trouble in a service.
 *
 * - Undefined for all else; the log file has every line.
 */
export function shortenLine(key: string, stream: 'stdout' | 'stderr', line: string): ShortLine | undefined {
  if (stream === 'stderr') return / stops: /.test(line) ? undefined : trouble(key, 'error', line);
  const fields = parseFields(line);
  if (!fields) return { ...trouble(key, 'warn', line), level: 'info' };
  const message = typeof fields.msg === 'string' ? fields.msg : '';
  const { pool, worker, generation, host, cause } = fields;
  if (typeof fields.stream === 'string' && pool !== undefined)
    return { kind: 'app', level: 'info', text: `${worker} ${pool} gen ${generation} | ${message}`, facts: { pool, worker, generation } };
  const isTrouble = fields.level === 'warn' || fields.level === 'error' || fields.level === 'fatal';
  if (typeof fields.event === 'string') {
    const facts = { event: fields.event, pool, worker, generation, host, cause };
    return { kind: 'event', level: isTrouble ? 'warn' : 'info', text: `${timeOf(fields)} ${withAdvice(message, cause)}`, facts };
  }
  // The end of a worker is told by WAS as an event.
  if (!isTrouble || (typeof fields.errorCode === 'string' && fields.errorCode !== '')) return undefined;
  const reason = typeof fields.err?.message === 'string' && !message.includes(fields.err.message) ? ` (${fields.err.message})` : '';
  return trouble(key, fields.level === 'warn' ? 'warn' : 'error', `${message}${reason}`);
}

function trouble(key: string, level: 'warn' | 'error', text: string): ShortLine {
  return { kind: 'log', level, text: `${key}: ${text}`, facts: { service: key } };
}

/** A failure with its code in front and what to do behind it. */
function withAdvice(message: string, cause: unknown): string {
  if (typeof cause !== 'string' || !Object.hasOwn(CODES, cause)) return message;
  return `${cause}: ${message}. ${CODES[cause as ErrorCode].hint}`;
}

function timeOf({ time }: LogFields): string {
  return formatTime(typeof time === 'string' ? time : new Date().toISOString());
}

function parseFields(line: string): LogFields | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogFields;
  } catch {
    return undefined;
  }
}
