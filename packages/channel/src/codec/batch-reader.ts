import { getU32, getU48 } from './bytes.ts';
import { BATCH_HEADER_BYTES, FRAME_HEADER_BYTES, VERSION } from './frame-types.ts';
import { violation } from './violation.ts';

/** Takes the frames of a batch, in order. The payload is `batch` from `start` to `end`; it may be kept where its link allows it, not changed. */
export interface FrameSink {
  onFrame(type: number, id: number, batch: Buffer, start: number, end: number): void;
}

/** Number of a batch; 0 = not numbered. Throws unless the header is whole and of our version. */
export function batchNumber(batch: Buffer): number {
  if (batch.length < BATCH_HEADER_BYTES) throw violation(`a batch has ${batch.length} bytes, its header alone has ${BATCH_HEADER_BYTES}`);
  if (batch[0] !== VERSION) throw violation(`a batch has version ${batch[0]}, this link speaks ${VERSION}`);
  return getU48(batch, 1);
}

/** The last batch the sender of this one had got. */
export function batchAck(batch: Buffer): number {
  return getU48(batch, 7);
}

/** Reads every frame of a batch whose header was read; returns how many. Each step moves forward by at least a frame header, so it ends; nothing is allocated. */
export function readFrames(batch: Buffer, maxFrameBytes: number, sink: FrameSink): number {
  const last = batch.length;
  let at = BATCH_HEADER_BYTES;
  let count = 0;
  while (at < last) {
    const start = at + FRAME_HEADER_BYTES;
    if (start > last) throw violation(`a batch ends inside a frame header, ${last - at} bytes before its end`);
    const length = getU32(batch, at);
    if (length > maxFrameBytes) throw violation(`a frame has ${length} bytes, ${maxFrameBytes} are allowed`);
    const end = start + length;
    if (end > last) throw violation(`a frame says ${length} bytes and ${last - start} are left in its batch`);
    sink.onFrame(batch[at + 4]!, getU32(batch, at + 5), batch, start, end);
    at = end;
    count++;
  }
  return count;
}

/** Beyond this size a buffer is worth copying a small slice out of. */
const PIN_BYTES = 16_384;

/** A slice that its reader may keep for long: a small part of a large buffer is copied, so that it does not keep all of it alive. */
export function keepableSlice(batch: Buffer, start: number, end: number): Buffer {
  const slice = batch.subarray(start, end);
  const held = batch.buffer.byteLength;
  return held > PIN_BYTES && (end - start) * 8 < held ? Buffer.from(slice) : slice;
}
