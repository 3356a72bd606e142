const LINE_END = 0x0a;

/** Cuts a stream of bytes into lines; one line has at most `limit` bytes. */
export class LineReader {
  private readonly limit: number;
  private parts: Buffer[] = [];
  private size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes of a line that has not ended. */
  get pending(): number {
    return this.size;
  }

  /** Returns the lines that `chunk` ends, or undefined: a line is longer than the limit, and nothing more can be read. */
  read(chunk: Buffer): string[] | undefined {
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, from)) {
      const rest = chunk.subarray(from, at);
      if (this.size + rest.length > this.limit) return undefined;
      lines.push(this.size > 0 ? Buffer.concat([...this.parts, rest]).toString() : rest.toString());
      this.parts = [];
      this.size = 0;
      from = at + 1;
    }
    if (from < chunk.length) {
      this.parts.push(chunk.subarray(from));
      this.size += chunk.length - from;
    }
    return this.size > this.limit ? undefined : lines;
  }
}
