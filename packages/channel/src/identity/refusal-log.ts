import type { RefusalReason, RefusedLink } from './refusal.ts';

/** Where refusals are written: a logger, or what looks like one. */
export interface WarningLog {
  warn(facts: object, text: string): void;
}

const WINDOW_MS = 1_000;

/** Counts refused links by reason and writes them into the log, where there is one. */
export class RefusalLog {
  private readonly byReason = new Map<RefusalReason, number>();
  private readonly log: WarningLog | undefined;
  private readonly mostLines: number;
  private lines = 0;
  private untold = 0;
  private window: NodeJS.Timeout | undefined;

  /** `mostLines`: refusals written in full within one second; the rest of it is one line, for who dials without end must not fill a disk. */
  constructor(log: WarningLog | undefined, mostLines = 10) {
    this.log = log;
    this.mostLines = mostLines;
  }

  /** Refusals so far. */
  get counts(): ReadonlyMap<RefusalReason, number> {
    return this.byReason;
  }

  note({ text, ...facts }: RefusedLink): void {
    this.byReason.set(facts.reason, (this.byReason.get(facts.reason) ?? 0) + 1);
    this.window ??= setTimeout(() => this.endWindow(), WINDOW_MS).unref();
    if (this.lines++ < this.mostLines) this.log?.warn(facts, `a link was refused: ${text}`);
    else this.untold++;
  }

  private endWindow(): void {
    if (this.untold > 0) this.log?.warn({ refusals: this.untold }, `${this.untold} more links were refused within a second`);
    this.window = undefined;
    this.lines = 0;
    this.untold = 0;
  }
}
