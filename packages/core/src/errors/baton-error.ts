import { CODES, type ErrorCode } from './codes.ts';

/** The one error type of Baton: a code from the table, a message that says what was expected and what came, and what to do next. */
export class BatonError extends Error {
  readonly code: ErrorCode;
  /** What to do next; from the table unless the thrower knows better. */
  readonly hint: string;
  /** Facts for logs and JSON output. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; hint?: string; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BatonError';
    this.code = code;
    this.hint = options.hint ?? CODES[code].hint;
    this.details = Object.freeze({ ...options.details });
  }

  /** HTTP status the adapter or the admin API answers with. */
  get status(): number {
    return CODES[this.code].status;
  }

  /** One line: code, message, hint. */
  toLine(): string {
    return `${this.code}: ${this.message}${this.hint ? `. ${this.hint}` : ''}`;
  }

  /** The error itself if it is one, else wrapped under `code` with the original kept as cause. */
  static from(error: unknown, code: ErrorCode = 'INTERNAL', message?: string): BatonError {
    if (error instanceof BatonError) return error;
    const text = error instanceof Error ? error.message : String(error);
    return new BatonError(code, message ? `${message}: ${text}` : text, { cause: error });
  }
}
