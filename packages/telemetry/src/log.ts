import pino, { type Logger } from 'pino';

export type { Logger } from 'pino';

export interface LogOptions {
  /** Least severe level written. @default env BATON_LOG_LEVEL, else "info" */
  readonly level?: string;
  /** Facts on every line, such as the instance id. */
  readonly bindings?: Record<string, unknown>;
}

/** A logger of JSON lines on stdout, `service` on each; written asynchronously so that a slow reader does not stall the event loop. */
export function createLogger(service: string, options: LogOptions = {}): Logger {
  return pino(
    {
      level: options.level ?? process.env.BATON_LOG_LEVEL ?? 'info',
      base: { service, ...options.bindings },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 1, sync: false }),
  );
}
