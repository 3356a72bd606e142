import type { Failed } from '../../messages.ts';
import { describeError } from './describe-error.ts';

/** What is known when the process ends. */
export interface EndFacts {
  readonly isListening: boolean;
  /** The end was ordered. */
  readonly isPlanned: boolean;
}

/**
 * Tells, as the process ends, why it does when nobody ordered it. Never changes what happens: an uncaught error ends the process as in Node,
 * one that the app handles does not.
 */
export function watchEnd(facts: () => EndFacts, onFailed: (failed: Failed) => void): void {
  let uncaught: { error: unknown } | undefined;
  process.on('uncaughtExceptionMonitor', (error) => {
    uncaught = { error };
  });
  process.on('exit', (code) => {
    const { isListening, isPlanned } = facts();
    if (isPlanned) return;
    onFailed({ type: 'failed', ...nameEnd(code, uncaught, isListening) });
  });
}

/** Code and line for an end that nobody ordered. */
export function nameEnd(code: number, uncaught: { error: unknown } | undefined, isListening: boolean): Pick<Failed, 'code' | 'message'> {
  if (uncaught && code !== 0) return { code: isListening ? 'APP_CRASHED' : 'APP_THREW', message: describeError(uncaught.error) };
  if (isListening) return { code: 'APP_CRASHED', message: `the app ended its process with code ${code}` };
  return { code: 'APP_EXITED', message: `the app ended its process with code ${code} before it listened` };
}
