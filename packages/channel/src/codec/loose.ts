import { getU32 } from './bytes.ts';
import { BATCH_HEADER_BYTES, FRAME, FRAME_HEADER_BYTES, frameName } from './frame-types.ts';
import { violation } from './violation.ts';

/**
 * Type of the one frame, without payload, that a batch without number may hold: ping asks for a sign of life, pong is one.
 * They are about the link, not the session: never kept, never sent again.
 */
export function readSignOfLife(batch: Buffer): number {
  const type = batch[BATCH_HEADER_BYTES + 4];
  const isWhole = batch.length === BATCH_HEADER_BYTES + FRAME_HEADER_BYTES && getU32(batch, BATCH_HEADER_BYTES) === 0;
  if (isWhole && (type === FRAME.ping || type === FRAME.pong)) return type;
  throw violation(
    `a batch without number holds ${batch.length - BATCH_HEADER_BYTES} bytes that begin with a ${frameName(type ?? 0)} frame`,
  );
}
