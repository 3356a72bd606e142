import type { Failed } from '../../messages.ts';
import { describeError } from '../describe-error.ts';

/** What is known when the process ends. */
export interface EndFacts {
  /** It listens and has answered what is preloaded. */
  readonly isListening: boolean;
  /** The app whose entry ran last, in a process with several; else ''. */
  readonly entering: string;
  /** The module that is being loaded, as an operator is told of it. @default none */
  readonly loading?: string;
  /** Path that it is asked for before it is ready; '' = none yet. */
  readonly preloading: string;
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
    const { isPlanned, ...reached } = facts();
    if (isPlanned) return;
    onFailed({ type: 'failed', ...nameEnd(code, uncaught, reached) });
  });
}

/** Code and line for an end that nobody ordered. */
export function nameEnd(
  code: number,
  uncaught: { error: unknown } | undefined,
  { isListening, entering, loading = '', preloading }: Omit<EndFacts, 'isPlanned'>,
): Pick<Failed, 'code' | 'message'> {
  if (uncaught && code !== 0) {
    const message = describeError(uncaught.error);
    if (isListening) return { code: 'APP_CRASHED', message };
    if (loading !== '') return { code: 'MODULE_FAILED', message: `${loading} was not loaded: ${message}` };
    return { code: 'APP_THREW', message: entering === '' ? message : `application ${entering}: ${message}` };
  }
  if (isListening) return { code: 'APP_CRASHED', message: `the app ended its process with code ${code}` };
  if (loading !== '') return { code: 'MODULE_FAILED', message: `${loading} was not loaded: the process ended with code ${code}` };
  const stage = preloading === '' ? 'before it listened' : `during the preload of ${preloading}`;
  const app = entering === '' ? 'the app' : `application ${entering}`;
  return { code: 'APP_EXITED', message: `${app} ended its process with code ${code} ${stage}` };
}
