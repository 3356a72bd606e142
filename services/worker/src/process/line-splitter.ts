import { StringDecoder } from 'node:string_decoder';

/** Longest line kept, characters. */
const DEFAULT_MAX_CHARS = 16_384;

/**
 * Cuts a stream of bytes into lines.
 *
 * - UTF-8 sequences cut by a chunk's end are put together again; invalid bytes become U+FFFD.
 * - Of a line longer than `maxChars` the beginning is kept and the rest thrown away as it comes, so memory stays bounded.
 * - Empty lines are left out; CRLF counts as one line end.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #maxChars: number;
  #carry = '';
  #isCut = false;

  constructor(maxChars = DEFAULT_MAX_CHARS) {
    this.#maxChars = maxChars;
  }

  /** The lines that `chunk` completes. */
  push(chunk: Buffer): string[] {
    return this.#split(this.#decoder.write(chunk));
  }

  /** The last line, when it had no line end. */
  end(): string[] {
    const lines = this.#split(this.#decoder.end());
    const last = this.#take();
    return last === '' ? lines : [...lines, last];
  }

  #split(text: string): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#append(text, start, end);
      const line = this.#take();
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    this.#append(text, start, text.length);
    return lines;
  }

  #append(text: string, start: number, end: number): void {
    const room = this.#maxChars - this.#carry.length;
    if (end - start > room) this.#isCut = true;
    if (room > 0 && end > start) this.#carry += text.slice(start, Math.min(end, start + room));
  }

  #take(): string {
    const line = this.#carry.endsWith('\r') ? this.#carry.slice(0, -1) : this.#carry;
    const isCut = this.#isCut;
    this.#carry = '';
    this.#isCut = false;
    return isCut ? `${line.toWellFormed()} … (cut at ${this.#maxChars} characters)` : line;
  }
}
