import { until } from '@baton/core';
import { RawClient } from './raw-client.ts';

/** Frame types (RFC 9113, 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
const END_STREAM = 1;
const END_HEADERS = 4;
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** One frame in bytes. */
export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(bytes.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, bytes]);
}

/** A field without index and without Huffman code (RFC 7541, 6.2.2). */
export function field(name: string, value: string): Buffer {
  const text = (part: string): Buffer => Buffer.concat([integer(0x00, 7, part.length), Buffer.from(part, 'latin1')]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** An integer with a prefix of `bits` (RFC 7541, 5.1). */
export function integer(first: number, bits: number, value: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([first | value]);
  const bytes = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A client that writes frames of HTTP/2 as a test wants them, and sees those that come. */
export class RawHttp2Client implements AsyncDisposable {
  readonly raw: RawClient;
  private read = 0;
  readonly frames: Frame[] = [];

  private constructor(raw: RawClient) {
    this.raw = raw;
  }

  /** Connects and sends preface and SETTINGS. */
  static async connect(port: number): Promise<RawHttp2Client> {
    const client = new RawHttp2Client(await RawClient.connect(port));
    client.raw.send(PREFACE).send(frame(FRAME.settings, 0, 0));
    await client.until(({ type, flags }) => type === FRAME.settings && flags === 0);
    client.send(frame(FRAME.settings, 1, 0));
    return client;
  }

  send(...frames: readonly Buffer[]): this {
    this.raw.send(Buffer.concat(frames));
    return this;
  }

  /** HEADERS of a request, with END_HEADERS. */
  request(
    stream: number,
    { method = 'GET', path = '/', isOpen = false }: { method?: string; path?: string; isOpen?: boolean } = {},
  ): Buffer {
    const block = Buffer.concat([
      field(':method', method),
      field(':scheme', 'http'),
      field(':path', path),
      field(':authority', 'shop.example'),
    ]);
    return frame(FRAME.headers, END_HEADERS | (isOpen ? 0 : END_STREAM), stream, block);
  }

  reset(stream: number, code = 8): Buffer {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(code);
    return frame(FRAME.reset, 0, stream, payload);
  }

  /** Waits for a frame. */
  async until(is: (frame: Frame) => boolean, limitMs = 10_000): Promise<Frame> {
    await until(() => this.parse().some(is), limitMs, 'a frame of the server', 5);
    return this.frames.find(is)!;
  }

  /** Waits for the end of the connection; returns the code of its last GOAWAY, -1 when none came. */
  async ended(limitMs = 20_000): Promise<number> {
    await this.raw.ended(limitMs);
    const last = this.parse().findLast(({ type }) => type === FRAME.goaway);
    return last ? last.payload.readUInt32BE(4) : -1;
  }

  private parse(): readonly Frame[] {
    const bytes = Buffer.from(this.raw.received.slice(this.read), 'latin1');
    let at = 0;
    while (bytes.length - at >= 9) {
      const end = at + 9 + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      this.frames.push({
        type: bytes[at + 3]!,
        flags: bytes[at + 4]!,
        stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
        payload: bytes.subarray(at + 9, end),
      });
      at = end;
    }
    this.read += at;
    return this.frames;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.raw.socket.destroy();
  }
}
