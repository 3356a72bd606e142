import { fstatSync } from 'node:fs';
import pino, { type DestinationStream, type Logger } from 'pino';
import { traceFields } from './active-trace.ts';

export type { DestinationStream, Logger } from 'pino';

export interface LogOptions {
  /** Least severe level written. @default env BATON_LOG_LEVEL, else "info" */
  readonly level?: string;
  /** Facts on every line, such as the instance id. */
  readonly bindings?: Record<string, unknown>;
  /** Where the lines go. @default stdout */
  readonly destination?: DestinationStream;
}

/** Lines wait in memory up to this size when nobody reads stdout; further ones are dropped: a log must not take the service with it, bytes. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** A logger of JSON lines on stdout, `service` on each, trace_id and span_id on those written in a trace; written asynchronously so that a slow reader does not stall the event loop. */
export function createLogger(service: string, options: LogOptions = {}): Logger {
  return pino(
    {
      level: options.level ?? process.env.BATON_LOG_LEVEL ?? 'info',
      base: { service, ...options.bindings },
      mixin: () => traceFields(),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? standardOutput(),
  );
}

function standardOutput(): DestinationStream {
  const destination = pino.destination({ fd: 1, sync: false, maxLength: MAX_WAITING_BYTES });
  process.once('disconnect', () => {
    if (isReadByProcess(1)) silence(destination);
  });
  return destination;
}

/**
 * The supervisor that read the lines is gone. Whoever tries to write them at the exit goes round for ever: sonic-boom 4 and 5 repeat every write that
 * fails, also with EPIPE.
 */
function silence(destination: ReturnType<typeof pino.destination>): void {
  Object.assign(destination, { write: () => true, flushSync: () => {}, end: () => {} });
}

function isReadByProcess(fd: number): boolean {
  const facts = fstatSync(fd);
  return facts.isSocket() || facts.isFIFO();
}
