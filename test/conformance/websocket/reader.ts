import { createHash } from 'node:crypto';
import { constants, inflateRawSync } from 'node:zlib';
import { OP } from './frame.ts';

const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const LONG = 40;

/** Turns what a server sends into words, one for its head and one for each frame, for a client that offered `key`. */
export class Reader {
  readonly words: string[] = [];
  /** Frames so far. */
  frames = 0;
  isOpen = false;
  hasClose = false;
  private bytes: Buffer = Buffer.alloc(0);
  private isDeflated = false;
  private isRefused = false;
  /** Of a message in parts. */
  private parts: { readonly opcode: number; readonly isPacked: boolean; readonly chunks: Buffer[] } | undefined;
  private readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  push(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    if (!this.isOpen && !this.isRefused) this.readHead();
    if (this.isOpen) while (this.readFrame());
  }

  /** The body of a refusal, which is known at the end of the connection. */
  get rest(): string {
    return this.isRefused ? this.bytes.toString('latin1') : '';
  }

  private readHead(): void {
    const end = this.bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const lines = this.bytes.toString('latin1', 0, end).split('\r\n');
    this.bytes = this.bytes.subarray(end + 4);
    const status = lines[0]!.split(' ')[1]!;
    const field = (name: string) =>
      lines
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    if (status !== '101') {
      this.isRefused = true;
      const location = field('location');
      const version = field('sec-websocket-version');
      this.words.push(`HTTP ${status}${version ? ` versions ${version}` : ''}${location ? ` to ${location}` : ''}`);
      return;
    }
    this.isOpen = true;
    const accept = createHash('sha1')
      .update(this.key + ACCEPT_GUID)
      .digest('base64');
    const protocol = field('sec-websocket-protocol');
    const extensions = field('sec-websocket-extensions');
    this.isDeflated = extensions !== undefined;
    const faults = [
      field('sec-websocket-accept') === accept ? '' : ' wrong accept',
      field('upgrade')?.toLowerCase() === 'websocket' ? '' : ' wrong upgrade',
      field('connection')?.toLowerCase() === 'upgrade' ? '' : ' wrong connection',
    ].join('');
    this.words.push(`101${faults}${protocol ? ` ${protocol}` : ''}${extensions ? ` ${extensions.replaceAll(' ', '')}` : ''}`);
  }

  private readFrame(): boolean {
    const { bytes } = this;
    if (bytes.length < 2) return false;
    const short = bytes[1]! & 0x7f;
    const at = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < at) return false;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < at + length) return false;
    this.bytes = bytes.subarray(at + length);
    this.frames++;
    if (bytes[1]! & 0x80) this.words.push('MASKED');
    if (this.hasClose) this.words.push('BEHIND THE CLOSE');
    this.take(bytes[0]!, bytes.subarray(at, at + length));
    return true;
  }

  private take(first: number, payload: Buffer): void {
    const opcode = first & 15;
    if (opcode === OP.close) {
      this.hasClose = true;
      this.words.push(
        payload.length === 0 ? 'close' : `close ${payload.readUInt16BE(0)}${payload.length > 2 ? ` ${payload.toString('utf8', 2)}` : ''}`,
      );
    } else if (opcode >= OP.close)
      this.words.push(`${opcode === OP.ping ? 'ping' : opcode === OP.pong ? 'pong' : opcode}${describe(payload)}`);
    else this.takeData(first, opcode, payload);
  }

  private takeData(first: number, opcode: number, payload: Buffer): void {
    if (opcode !== OP.continuation) this.parts = { opcode, isPacked: (first & 0x40) !== 0, chunks: [] };
    if (!this.parts) {
      this.words.push('LONE CONTINUATION');
      return;
    }
    this.parts.chunks.push(payload);
    if (!(first & 0x80)) return;
    const { isPacked, chunks } = this.parts;
    let all = Buffer.concat(chunks);
    if (isPacked && !this.isDeflated) this.words.push('RSV1');
    if (isPacked) all = inflateRawSync(Buffer.concat([all, Buffer.from([0, 0, 255, 255])]), { finishFlush: constants.Z_SYNC_FLUSH });
    this.words.push(`${this.parts.opcode === OP.text ? 'text' : 'binary'}${isPacked ? ' deflated' : ''}${describe(all)}`);
    this.parts = undefined;
  }
}

/** As cases name a payload: itself when it is short, else its length and hash. */
export function describe(payload: string | Buffer): string {
  const bytes = Buffer.from(payload as string);
  if (bytes.length === 0) return '';
  const isPlain = bytes.length <= LONG && bytes.every((byte) => byte >= 32 && byte < 127);
  return isPlain ? ` ${bytes}` : ` ${bytes.length} ${createHash('sha1').update(bytes).digest('hex').slice(0, 8)}`;
}
