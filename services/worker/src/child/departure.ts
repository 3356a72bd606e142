/** What ends the work of a worker. */
export interface DepartureParts {
  leave(successor: string): void;
  /** The app hears that it drains, and until when. */
  tellDraining(deadline: Date): void;
  /** Drain was read on every link, nothing is in flight, every frame is acknowledged. */
  isDrained(): boolean;
  inFlight(): number;
  /** Says `drained`, closes what keeps the process alive; a second time when what was unfinished has ended after all. What it returns is waited for, within the time there is. */
  close(unfinished: number): Promise<void> | undefined;
  /** Runs the app's SIGTERM handlers; false when it has none. */
  terminateApp(): boolean;
  exit(): void;
}

export interface DepartureOptions {
  readonly successor: string;
  /** Time for what was begun, ms. */
  readonly limitMs: number;
  /** Time for the app's SIGTERM handlers after that, ms. */
  readonly graceMs: number;
  /** Whether the app hears draining and SIGTERM: not when leaving was its own idea. */
  readonly tellsApp: boolean;
}

/** The host's SIGKILL comes first where there is a host: it names the cause. */
const HOST_FIRST_MS = 500;

/**
 * The planned end of a worker: leave every channel, finish what was begun, then let the app end.
 *
 * - The app hears `draining` at once. Its SIGTERM handlers run after the last request, or at the limit; not before. An app without one ends then.
 * - An app that has heard SIGTERM ends by itself (its handler exits, or nothing is left to do), when the grace is over at the latest.
 */
export class Departure {
  readonly #parts: DepartureParts;
  #options: DepartureOptions | undefined;
  #endsAtMs = 0;
  #isOver = false;
  #unfinished = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  get hasBegun(): boolean {
    return this.#options !== undefined;
  }

  /** The last request has ended, or the limit has passed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Begins once; a repeated order changes nothing, but that it may leave less time. */
  begin(options: DepartureOptions): void {
    if (this.#options) {
      this.#shorten(options);
      return;
    }
    this.#options = options;
    this.#endsAtMs = performance.now() + options.limitMs + options.graceMs;
    this.#timer = setTimeout(() => this.#finish(this.#parts.inFlight()), options.limitMs);
    this.#parts.leave(options.successor);
    if (options.tellsApp) this.#parts.tellDraining(new Date(Date.now() + options.limitMs));
    this.check();
  }

  /** Something became calmer. */
  check(): void {
    if (!this.#options || this.#parts.inFlight() > 0 || !this.#parts.isDrained()) return;
    if (!this.#isOver) this.#finish(0);
    else if (this.#unfinished > 0) {
      this.#unfinished = 0;
      void this.#parts.close(0);
    }
  }

  #shorten({ limitMs, graceMs }: DepartureOptions): void {
    const endsAtMs = performance.now() + limitMs + graceMs;
    if (this.#isOver || endsAtMs >= this.#endsAtMs) return;
    this.#endsAtMs = endsAtMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish(this.#parts.inFlight()), limitMs);
  }

  #finish(unfinished: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#unfinished = unfinished;
    clearTimeout(this.#timer);
    // With requests left, links stay up for as long as the app's handler takes: some may still end.
    const closing = this.#parts.close(unfinished);
    if (!closing) {
      this.#closed();
      return;
    }
    let isOver = false;
    const closed = (): void => {
      clearTimeout(timer);
      if (!isOver) this.#closed();
      isOver = true;
    };
    const timer = setTimeout(closed, Math.max(0, this.#endsAtMs - performance.now()));
    closing.then(closed, closed);
  }

  #closed(): void {
    // The callback of the app's `server.close()` comes before SIGTERM.
    setImmediate(() => this.#terminate());
  }

  #terminate(): void {
    if (this.#options?.tellsApp && !this.#parts.terminateApp()) {
      this.#parts.exit();
      return;
    }
    // An app that has nothing to do any more ends before.
    setTimeout(() => this.#parts.exit(), Math.max(0, this.#endsAtMs - performance.now()) + HOST_FIRST_MS).unref();
  }
}
