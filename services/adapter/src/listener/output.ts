/** Where a reply writes to. */
export interface Output {
  /** Latin-1 text. */
  write(text: string): void;
  /** Body bytes. False: no more for now. */
  writeChunk(chunk: Buffer): boolean;
}

/** Keeps what a reply writes before its turn (pipelining). Gives no credit, so the worker stops at the request's initial credit. */
export class HeldOutput implements Output {
  private readonly parts: (string | Buffer)[] = [];

  write(text: string): void {
    this.parts.push(text);
  }

  writeChunk(chunk: Buffer): boolean {
    this.parts.push(chunk);
    return false;
  }

  release(to: Output): void {
    for (const part of this.parts) {
      if (typeof part === 'string') to.write(part);
      else to.writeChunk(part);
    }
  }
}
