import { BatonError, CODES, type ErrorCode } from '@baton/core';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** "exit code 1", "SIGKILL" */
export function formatExit({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`;
}

/** The error of a process that ended before it was ready: its own last words when they name a code, else how it ended. */
export function toStartError(name: string, exit: Exit, lastWords: readonly string[]): BatonError {
  for (const line of [...lastWords].reverse()) {
    const match = /^([A-Z][A-Z_]+): (.+)$/.exec(line.trim());
    if (!match || !Object.hasOwn(CODES, match[1]!)) continue;
    // A service prints "CODE: message. hint"; the table's hint is taken off where it is the one that follows.
    const code = match[1] as ErrorCode;
    const message = match[2]!.endsWith(`. ${CODES[code].hint}`) ? match[2]!.slice(0, -CODES[code].hint.length - 2) : match[2]!;
    return new BatonError(code, `${name} did not start: ${message}`, message === match[2] ? { hint: '' } : {});
  }
  const words = lastWords.at(-1)?.trim();
  return new BatonError('INTERNAL', `${name} did not start: ${formatExit(exit)}${words ? `, its last words were "${words}"` : ''}`);
}
