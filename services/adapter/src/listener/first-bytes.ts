import { matchPreface } from './http2/preface.ts';

/** The first bytes of a connection, until they say which version of HTTP it speaks. */
export class FirstBytes {
  /** They are those of HTTP/1.1; the next ones need no look. */
  isHttp1 = false;
  /** All bytes so far, once they are those of HTTP/2. */
  http2: Buffer | undefined = undefined;
  private kept: Buffer | undefined = undefined;

  /** What may be read as HTTP/1.1; undefined while that is open, or where it is HTTP/2. */
  look(chunk: Buffer): Buffer | undefined {
    const bytes = this.kept ? Buffer.concat([this.kept, chunk]) : chunk;
    const match = matchPreface(bytes);
    this.isHttp1 = match === 'none';
    this.kept = match === 'part' ? bytes : undefined;
    if (match === 'whole') this.http2 = bytes;
    return this.isHttp1 ? bytes : undefined;
  }
}
