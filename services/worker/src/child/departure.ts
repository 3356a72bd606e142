/** What ends the work of a worker. */
export interface DepartureParts {
  leave(successor: string): void;
  /** Drain was read on every link, nothing is in flight, every frame is acknowledged. */
  isDrained(): boolean;
  inFlight(): number;
  /** Says `drained`, closes what keeps the process alive. */
  close(unfinished: number): void;
  /** Runs the app's SIGTERM handlers; false when it has none. */
  terminateApp(): boolean;
  exit(): void;
}

export interface DepartureOptions {
  readonly successor: string;
  readonly limitMs: number;
  /** Whether the app hears SIGTERM: not when leaving was its own idea. */
  readonly tellsApp: boolean;
}

/**
 * The planned end of a worker: leave every channel, finish what was begun, then let the app end.
 *
 * - The app's SIGTERM handlers run after the last request, or at the limit; not before. An app without one ends at once.
 * - An app that has heard SIGTERM ends by itself (its handler exits, or nothing is left to do), at the limit at the latest.
 */
export class Departure {
  readonly #parts: DepartureParts;
  #options: DepartureOptions | undefined;
  #endsAtMs = 0;
  #isDone = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  get hasBegun(): boolean {
    return this.#options !== undefined;
  }

  /** Begins once; a repeated order changes nothing. */
  begin(options: DepartureOptions): void {
    if (this.#options) return;
    this.#options = options;
    this.#endsAtMs = performance.now() + options.limitMs;
    this.#timer = setTimeout(() => this.#atLimit(), options.limitMs);
    this.#parts.leave(options.successor);
    this.check();
  }

  /** Something became calmer. */
  check(): void {
    if (!this.#options || this.#isDone || this.#parts.inFlight() > 0 || !this.#parts.isDrained()) return;
    this.#finish(0);
  }

  #atLimit(): void {
    if (this.#isDone) this.#parts.exit();
    else this.#finish(this.#parts.inFlight());
  }

  #finish(unfinished: number): void {
    this.#isDone = true;
    // An app that has nothing to do any more ends before the limit.
    this.#timer?.unref();
    // With requests left, links stay up for as long as the app's handler takes: some may still end.
    this.#parts.close(unfinished);
    if (!this.#options?.tellsApp) return;
    const isTold = this.#parts.terminateApp();
    if (!isTold || performance.now() >= this.#endsAtMs + GRACE_MS) this.#parts.exit();
    else if (unfinished > 0) setTimeout(() => this.#parts.exit(), GRACE_MS).unref();
  }
}

/** Time an app's SIGTERM handler has when it runs at the limit; the host's ladder kills soon after. */
const GRACE_MS = 1_000;
