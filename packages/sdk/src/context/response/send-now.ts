import { END, FLUSH_HEADERS, WRITE } from './app-operation.ts';
import { isApp, isMemory } from './entity.ts';
import { fitLength } from './fit-length.ts';
import type { Flush } from './flush.ts';
import type { ResponseOutput } from './response-output.ts';

/** Sends a flush all of which is in memory: no wait, and no promise. */
export function sendNow(output: ResponseOutput, flush: Flush): void {
  const { pieces } = flush;
  const wasHeadOut = output.isHeadOut;
  output.uncoverHead();
  fitLength(output.res, flush, wasHeadOut);
  const only = pieces.length === 1 && isApp(pieces[0]!) ? pieces[0] : undefined;
  // An app's call goes to Node as it came, which frames it better than its parts.
  if (only && (only.kind === END) === flush.endsResponse && !flush.isCleared) {
    output.perform(only.kind, only.chunk, only.encoding, only.callback);
    return;
  }
  let ended: ((error?: Error | null) => void) | undefined;
  for (const piece of pieces) {
    if (isMemory(piece)) {
      flush.bytes += piece.byteLength;
      output.perform(WRITE, piece, undefined, undefined);
    } else if (isApp(piece)) {
      if (piece.kind === END) ended = piece.callback;
      if (piece.chunk?.length) output.perform(WRITE, piece.chunk, piece.encoding, piece.kind === END ? undefined : piece.callback);
      else if (piece.kind !== END) piece.drop();
    }
  }
  if (flush.endsResponse) output.end(flush, wasHeadOut, ended);
  else if (!wasHeadOut) output.perform(FLUSH_HEADERS, undefined, undefined, undefined);
}
