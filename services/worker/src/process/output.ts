import type { Readable } from 'node:stream';
import { pickTellingLine } from './exit-reason.ts';
import { LineSplitter } from './line-splitter.ts';
import { OutputBudget, type OutputBudgetOptions } from './output-budget.ts';

export type StreamName = 'stdout' | 'stderr';

/** Receives an app's lines. */
export interface LineSink {
  line(stream: StreamName, text: string): void;
  /** Lines that were over the budget since the last call. */
  dropped(lines: number): void;
}

/** Last lines of stderr kept for the exit report. */
const KEPT_LINES = 40;
/** Pause after a chunk that was over the budget: 64 KiB each 10 ms is what a flooding app can make the host read. */
const FLOOD_PAUSE_MS = 10;
const DROPPED_EVERY_MS = 1_000;

/**
 * Turns stdout and stderr of a child into lines.
 *
 * - Over the budget lines are dropped and counted, and the pipe is read slower. It is never left unread: writes to stdout block a Node process on POSIX,
 *   and an app must not stand still because it talks much.
 * - The most telling of the last lines on stderr is kept for the exit report, also of what was dropped.
 */
export class AppOutput {
  readonly #streams: { readonly readable: Readable; readonly splitter: LineSplitter; readonly name: StreamName }[] = [];
  readonly #budget: OutputBudget;
  readonly #errorLines: string[] = [];
  #sink: LineSink;
  #droppedLines = 0;
  #droppedTimer: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(streams: { stdout: Readable; stderr: Readable }, sink: LineSink, budget: OutputBudgetOptions = {}) {
    this.#sink = sink;
    this.#budget = new OutputBudget(budget, Date.now());
    this.#read('stdout', streams.stdout);
    this.#read('stderr', streams.stderr);
  }

  /** From here on the lines are another's: a spare became a worker. */
  redirect(sink: LineSink): void {
    this.#tellDropped();
    this.#sink = sink;
  }

  /** What the process last said that an operator would want to read; '' = nothing. */
  get tellingLine(): string {
    return pickTellingLine(this.#errorLines);
  }

  /** The process is gone: what is left in the splitters is said, and nothing more is read. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const { readable, splitter, name } of this.#streams) {
      for (const line of splitter.end()) this.#take(name, line);
      readable.destroy();
    }
    this.#tellDropped();
  }

  #read(name: StreamName, readable: Readable): void {
    const splitter = new LineSplitter();
    this.#streams.push({ readable, splitter, name });
    readable.on('error', () => readable.destroy());
    readable.on('data', (chunk: Buffer) => {
      let isFlooding = false;
      for (const line of splitter.push(chunk)) isFlooding = !this.#take(name, line) || isFlooding;
      if (isFlooding && !this.#isEnded) {
        readable.pause();
        setTimeout(() => readable.resume(), FLOOD_PAUSE_MS).unref();
      }
    });
  }

  #take(name: StreamName, line: string): boolean {
    if (name === 'stderr') {
      this.#errorLines.push(line.slice(0, 1_000));
      if (this.#errorLines.length > KEPT_LINES) this.#errorLines.shift();
    }
    if (this.#budget.take(line.length, Date.now())) {
      this.#sink.line(name, line);
      return true;
    }
    this.#droppedLines++;
    this.#droppedTimer ??= setTimeout(() => this.#tellDropped(), DROPPED_EVERY_MS).unref();
    return false;
  }

  #tellDropped(): void {
    clearTimeout(this.#droppedTimer);
    this.#droppedTimer = undefined;
    if (this.#droppedLines === 0) return;
    this.#sink.dropped(this.#droppedLines);
    this.#droppedLines = 0;
  }
}
