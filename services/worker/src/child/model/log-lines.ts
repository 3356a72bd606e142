import type { Log } from '../../messages.ts';

/** Lines in a second; what comes beyond is counted. */
const MAX_LINES = 100;
const EVERY_MS = 1_000;
/** Longest text of one field, characters. */
const MAX_TEXT = 2_000;

/** Passes lines on to the host's log; a module that fails in each request does not flood it. */
export class LogLines {
  readonly #send: (log: Log) => void;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;
  #dropped = 0;

  constructor(send: (log: Log) => void) {
    this.#send = send;
  }

  /** Never throws, whatever the fields are. */
  write(level: Log['level'], message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const now = performance.now();
    if (now - this.#sinceMs >= EVERY_MS) {
      this.#sinceMs = now;
      this.#count = 0;
      if (this.#dropped > 0) this.#send({ type: 'log', level: 'warn', message: `${this.#dropped} lines were left out`, fields: {} });
      this.#dropped = 0;
    }
    if (++this.#count > MAX_LINES) this.#dropped++;
    else this.#send({ type: 'log', level, message: cut(message), fields: plain(fields) });
  }
}

/** Fields as they can travel: texts, numbers and flags; errors by their stack, the rest as text. */
function plain(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined) return value;
  try {
    if (value instanceof Error) return cut(value.stack ?? String(value));
    return cut(typeof value === 'object' ? (JSON.stringify(value) ?? '') : String(value));
  } catch {
    return '';
  }
}

const cut = (text: string): string => text.slice(0, MAX_TEXT).toWellFormed();
