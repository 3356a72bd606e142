/**
 * Answers one question for docs/adr/0002: what does it cost to write and read the head of a request, in each of three encodings?
 * Run: node packages/channel/dist/bench.js [--json]
 */
import { create, fromBinary, listener, toBinary } from '@baton/proto';
import { BatchWriter } from './codec/batch-writer.ts';
import { BATCH_HEADER_BYTES, FRAME_HEADER_BYTES } from './codec/frame-types.ts';
import { packetOf, unwrapPacket } from './codec/packet.ts';
import { readOpenHead, writeOpen } from './codec/request-head.ts';
import { releaseSlab } from './codec/slab.ts';
import type { RequestHead } from './types.ts';

const RUNS = 100_000;
const ROUNDS = 5;

const facts = { protocol: 'http', appKey: 'shop', method: 'GET', url: '/catalog/items?page=2&sort=price', httpVersion: '1.1' } as const;
const peer = {
  remoteAddress: '192.0.2.7',
  remotePort: 50_123,
  localAddress: '127.0.0.1',
  localPort: 8080,
  encrypted: false,
  deadlineMs: 0,
};
const forwarded = ['x-forwarded-for', '192.0.2.7', 'x-forwarded-proto', 'http', 'x-request-id', '0123456789abcdef01234567'];

const HEADS: Readonly<Record<string, RequestHead>> = {
  'load generator, 4 headers': { ...facts, ...peer, headers: ['Host', '127.0.0.1:8080', ...forwarded] },
  'browser, 11 headers': {
    ...facts,
    ...peer,
    headers: [
      ...['Host', 'shop.example', 'Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
      ...['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'],
      ...['Accept-Language', 'en-US,en;q=0.5', 'Accept-Encoding', 'gzip, deflate, br, zstd', 'Sec-Fetch-Dest', 'document'],
      ...['Referer', 'https://shop.example/', 'Cookie', 'session=abcdef0123456789abcdef0123456789; theme=dark', ...forwarded],
    ],
  },
};

interface Encoding {
  readonly name: string;
  write(head: RequestHead): void;
  /** Reads what `write` wrote last and looks at the headers. */
  read(): number;
  readonly bytes: () => number;
}

function ours(): Encoding {
  const writer = new BatchWriter();
  let batch: Buffer = Buffer.alloc(0);
  let frames = 0;
  return {
    name: 'one NUL-joined string (chosen)',
    write: (head) => {
      writeOpen(writer, 1, head, true, 1 << 20);
      // A turn's worth of requests per batch, as under load.
      if (++frames % 20 !== 0) return;
      batch = unwrapPacket(packetOf(writer.take(1, 0)));
      releaseSlab(writer.taken);
    },
    read: () => readOpenHead(batch, BATCH_HEADER_BYTES + FRAME_HEADER_BYTES, firstFrameEnd(batch)).headers.length,
    bytes: () => firstFrameEnd(batch) - BATCH_HEADER_BYTES - FRAME_HEADER_BYTES,
  };
}

function firstFrameEnd(batch: Buffer): number {
  return BATCH_HEADER_BYTES + FRAME_HEADER_BYTES + batch.readUInt32LE(BATCH_HEADER_BYTES);
}

function counted(): Encoding {
  const buffer = Buffer.alloc(16_384);
  let at = 0;
  const put = (text: string): void => {
    buffer.writeUInt16LE(text.length, at);
    at += 2 + buffer.write(text, at + 2, 'latin1');
  };
  const take = (): string => {
    const start = at + 2;
    at = start + buffer.readUInt16LE(at);
    return buffer.toString('latin1', start, at);
  };
  return {
    name: 'a counted latin-1 string each',
    write: (head) => {
      at = 0;
      for (const text of [head.method, head.url, head.appKey, head.remoteAddress, head.localAddress]) put(text);
      buffer.writeUInt16LE(head.headers.length, at);
      at += 2;
      for (const text of head.headers) put(text);
    },
    read: () => {
      at = 0;
      for (let index = 0; index < 5; index++) take();
      const headers = new Array<string>(buffer.readUInt16LE(at));
      at += 2;
      for (let index = 0; index < headers.length; index++) headers[index] = take();
      return headers.length;
    },
    bytes: () => at,
  };
}

/** The message of the contracts that is nearest to a head in shape: two strings, a list of strings, three booleans. */
function protobuf(): Encoding {
  const schema = listener.ApplicationCreatedSchema;
  let bytes = new Uint8Array(0);
  return {
    name: 'protobuf-es message',
    write: ({ appKey, method, url, remoteAddress, localAddress, headers, encrypted }) => {
      const bindings = [url, remoteAddress, localAddress, ...headers];
      bytes = toBinary(schema, create(schema, { appKey, poolId: method, bindings, trustProxy: encrypted }));
    },
    read: () => fromBinary(schema, bytes).bindings.length,
    bytes: () => bytes.length,
  };
}

/** Nanoseconds per call, the best of some rounds: the others were disturbed. */
function measure(call: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let run = 0; run < RUNS; run++) call();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / RUNS);
  }
  return Math.round(best);
}

const rows = Object.entries(HEADS).flatMap(([request, head]) =>
  [ours(), counted(), protobuf()].map((encoding) => {
    const writeNs = measure(() => encoding.write(head));
    return { request, encoding: encoding.name, writeNs, readNs: measure(() => void encoding.read()), bytes: encoding.bytes() };
  }),
);
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ node: process.version, rows }, null, 2)}\n`);
else console.table(rows);
