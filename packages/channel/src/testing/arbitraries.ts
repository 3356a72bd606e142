import fc from 'fast-check';
import { BatchWriter } from '../codec/batch-writer.ts';
import { writeNumber, writeReset } from '../codec/control.ts';
import { writeEnd } from '../codec/end.ts';
import { FRAME } from '../codec/frame-types.ts';
import { packetOf, unwrapPacket } from '../codec/packet.ts';
import { writeOpen } from '../codec/request-head.ts';
import { writeResponseHead } from '../codec/response-head.ts';
import type { RequestHead, ResetCause, ResponseHead, Timings } from '../types.ts';

/** Latin-1 text without NUL. */
export const latin1: fc.Arbitrary<string> = fc.uint8Array({ maxLength: 60, min: 1 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

export const pairs: fc.Arbitrary<string[]> = fc.array(fc.tuple(latin1, latin1), { maxLength: 20 }).map((list) => list.flat());

const PLAIN = { noNullPrototype: true } as const;

const port = fc.nat(0xffff);

export const requestHeads: fc.Arbitrary<RequestHead> = fc.record(
  {
    protocol: fc.constant('http' as const),
    appKey: latin1,
    method: latin1,
    url: latin1,
    httpVersion: fc.constantFrom('1.0' as const, '1.1' as const),
    headers: pairs,
    remoteAddress: latin1,
    remotePort: port,
    localAddress: latin1,
    localPort: port,
    encrypted: fc.boolean(),
    deadlineMs: fc.nat(0xffff_ffff),
  },
  PLAIN,
);

export const responseHeads: fc.Arbitrary<ResponseHead> = fc.record(
  {
    status: fc.nat(0xffff),
    reason: fc.oneof(latin1, fc.constant('OK')),
    headers: latin1,
    framing: fc.constantFrom('none' as const, 'length' as const, 'chunked' as const, 'close' as const),
    close: fc.boolean(),
  },
  PLAIN,
);

const ms = fc.float({ noNaN: true, noDefaultInfinity: true, min: 0 });
export const timings: fc.Arbitrary<Timings> = fc.record({ queuedMs: ms, firstByteMs: ms, totalMs: ms }, PLAIN);

export const causes = fc.constantFrom<ResetCause>(
  'NOT_BEGUN',
  'CLIENT_CLOSED',
  'APP_ABORTED',
  'DEADLINE',
  'PROTOCOL',
  'TOO_LARGE',
  'CONNECTION_RESET',
);

const ids = fc.oneof(fc.nat(6), fc.nat(0xffff_ffff));
const BIG = 1 << 20;

/** A frame, written by our own encoder, of either direction and for any request. */
const frameWriters: fc.Arbitrary<(writer: BatchWriter) => void> = fc.oneof(
  fc.tuple(ids, requestHeads, fc.boolean()).map(
    ([id, head, ended]) =>
      (w: BatchWriter) =>
        void writeOpen(w, id, head, ended, BIG),
  ),
  fc.tuple(ids, fc.constantFrom(FRAME.head, FRAME.interim), responseHeads).map(
    ([id, type, head]) =>
      (w: BatchWriter) =>
        void writeResponseHead(w, type, id, head, BIG),
  ),
  fc.tuple(ids, fc.uint8Array({ maxLength: 300 })).map(
    ([id, bytes]) =>
      (w: BatchWriter) =>
        w.bytesFrame(FRAME.data, id, Buffer.from(bytes), 0, bytes.length),
  ),
  fc
    .tuple(ids, fc.option(pairs, { nil: undefined }), fc.option(timings, { nil: undefined }))
    .map(([id, trailers, times]) => (w: BatchWriter) => {
      writeEnd(w, id, trailers, times, BIG);
    }),
  fc.tuple(ids, causes, fc.string()).map(
    ([id, cause, text]) =>
      (w: BatchWriter) =>
        writeReset(w, id, cause, text),
  ),
  fc.tuple(ids, fc.constantFrom(FRAME.credit, FRAME.ping, FRAME.pong, FRAME.resume, FRAME.resumed), fc.nat(0xffff_ffff)).map(
    ([id, type, value]) =>
      (w: BatchWriter) =>
        writeNumber(w, type, id, value),
  ),
  fc.tuple(fc.nat(255), ids, fc.uint8Array({ maxLength: 40 })).map(
    ([type, id, bytes]) =>
      (w: BatchWriter) =>
        w.bytesFrame(type, id, Buffer.from(bytes), 0, bytes.length),
  ),
);

/** A batch of well-formed frames, in an order that may make no sense. */
export const batches: fc.Arbitrary<Buffer> = fc
  .tuple(fc.oneof(fc.nat(3), fc.maxSafeNat()), fc.nat(3), fc.array(frameWriters, { maxLength: 8 }))
  .map(([number, ack, writers]) => {
    const writer = new BatchWriter();
    for (const write of writers) write(writer);
    return unwrapPacket(packetOf(writer.take(number % 2 ** 48, ack)));
  });

/** Bytes that are almost a batch: cut, lengthened, with bytes changed, or anything at all. */
export const brokenBatches: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(batches, fc.nat()).map(([batch, at]) => batch.subarray(0, at % (batch.length + 1))),
  fc.tuple(batches, fc.uint8Array({ maxLength: 20 })).map(([batch, tail]) => Buffer.concat([batch, tail])),
  fc.tuple(batches, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })).map(([batch, changes]) => {
    const changed = Buffer.from(batch);
    for (const [at, byte] of changes) changed[at % changed.length] = byte;
    return changed;
  }),
);
