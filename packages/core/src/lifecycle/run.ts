import { BatonError } from '../errors/baton-error.ts';
import { keepStringsFast } from './fast-strings.ts';

/** A part of a service: opened in order, closed in the opposite one. */
export interface Part {
  readonly name: string;
  /** Ends what the part does, within the signal's deadline; called once. */
  close(signal: AbortSignal): Promise<void> | void;
}

export interface RunOptions {
  /** Longest time all parts together may take to close, ms. @default 30_000 */
  readonly shutdownTimeLimitMs?: number;
  /** Receives one line for each thing worth telling. */
  readonly log?: (line: string, error?: unknown) => void;
}

/**
 * Runs a service: `open` returns its parts; SIGTERM or SIGINT closes them last to first, and the process exits 0.
 *
 * - A second signal, or the limit, ends the process at once with 1.
 * - Started with an IPC channel, the process stops the same way when its supervisor disappears, so that `kill -9` of the supervisor leaves nothing behind.
 * - A part that fails to open ends the process with 1 after the others were closed.
 */
export async function run(
  name: string,
  open: (stop: (cause: string) => void) => Promise<readonly Part[]>,
  options: RunOptions = {},
): Promise<void> {
  const limitMs = options.shutdownTimeLimitMs ?? 30_000;
  const log = options.log ?? ((line, error) => process.stderr.write(`${line}${error ? ` ${String(error)}` : ''}\n`));
  let parts: readonly Part[] = [];
  let stopping = false;
  const stop = (cause: string, code = 0): void => {
    if (stopping) {
      if (cause.startsWith('SIG')) process.exit(1);
      return;
    }
    stopping = true;
    log(`${name} stops: ${cause}`);
    const signal = AbortSignal.timeout(limitMs);
    signal.addEventListener('abort', () => process.exit(1));
    void closeAll(parts, signal, log).then(() => process.exit(code));
  };
  // a supervisor that is gone does not read it either
  process.stderr.on('error', () => {});
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (process.channel) process.on('disconnect', () => stop('its supervisor is gone'));
  keepStringsFast();
  try {
    parts = await open((cause) => stop(cause));
  } catch (error) {
    log(BatonError.from(error).toLine());
    process.exit(1);
  }
}

async function closeAll(parts: readonly Part[], signal: AbortSignal, log: (line: string, error?: unknown) => void): Promise<void> {
  for (const part of [...parts].reverse()) {
    try {
      await part.close(signal);
    } catch (error) {
      log(`${part.name} did not close cleanly`, error);
    }
  }
}
