import { BatonError } from '@baton/core';

/** One line for an operator: the error's first line and the place in the app where it was thrown. */
export function describeError(error: unknown): string {
  // Baton's own say all there is to say, for an operator.
  if (error instanceof BatonError) return error.message;
  if (!(error instanceof Error)) return `threw ${String(error).split('\n')[0]}`;
  const line = `${error.name}: ${error.message.split('\n')[0]}`;
  const place = placeOf(error.stack ?? '');
  return place ? `${line} (${place})` : line;
}

/** File and line of the first stack line outside Node; a SyntaxError names them before the message. */
function placeOf(stack: string): string | undefined {
  const lines = stack.split('\n');
  const first = /^(?:file:\/\/)?(\/.*:\d+)$/.exec(lines[0] ?? '');
  if (first) return first[1];
  for (const line of lines) {
    const frame = /^\s+at (?:.*\()?(?:file:\/\/)?(\/[^()]*:\d+:\d+)\)?$/.exec(line);
    if (frame) return frame[1];
  }
  return undefined;
}
