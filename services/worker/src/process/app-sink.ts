import type { Logger } from '@baton/telemetry';
import type { LineSink } from './output.ts';

/** Logs an app's lines with the facts that say whose they are. */
export function appSink(log: Logger, facts: { pool: string; worker: string; slot: string; generation: number }): LineSink {
  const lines = log.child(facts);
  return {
    line: (stream, text) => lines.info({ stream }, text),
    dropped: (count) => lines.warn({ droppedLines: count }, `${count} lines of output were dropped: the app writes more than is logged`),
  };
}

/** Logs what a spare says before it is anybody's; the line that matters comes with its end. */
export function spareSink(log: Logger): LineSink {
  return {
    line: (stream, text) => log.debug({ stream, worker: 'spare' }, text),
    dropped: (count) => log.debug({ droppedLines: count, worker: 'spare' }, `${count} lines of output of a spare were dropped`),
  };
}
