import { BatonError } from '@baton/core';

/** Longest line that is kept while its end has not come. */
const LONGEST_LINE = 1024 * 1024;

/** The non-empty lines of a stream of UTF-8 text; empty ones keep a quiet connection alive. */
export async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE) throw new BatonError('INTERNAL', `the cluster sent a line longer than ${LONGEST_LINE} characters`);
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}
