import type { AdapterLog, LogLine } from '../history.ts';
import { count, type Json, text, time } from './fields.ts';

/**
 * Reads the access log that the lives of one adapter wrote into one after the other: each start of an adapter has an id of its own.
 *
 * - A life shows by its first switch: its numbers begin anew. One that never had anybody eligible leaves nothing to check.
 * - `ended`: the adapter whose life ended in order, at the end of the run. Every other was cut off.
 */
export function readAccessLog(content: string, ended: string): AdapterLog[] {
  const lives: { adapter: string; lines: LogLine[] }[] = [];
  let last = 0;
  for (const line of parseLines(content)) {
    if (line.kind === 'handover') {
      const adapter = line.channel.slice(0, line.channel.lastIndexOf('/'));
      if (line.n <= last || lives.at(-1)?.adapter !== adapter) lives.push({ adapter, lines: [] });
      last = line.n;
    }
    lives.at(-1)?.lines.push(line);
  }
  return lives.map((life) => ({ ...life, isCut: life.adapter !== ended }));
}

function parseLines(content: string): LogLine[] {
  const texts = content.split('\n');
  return texts.flatMap((one, index): LogLine[] => {
    if (one === '') return [];
    try {
      return lineOf(JSON.parse(one) as Json);
    } catch (error) {
      // a process that was killed may leave half a line, before the first of the next one or at the end
      const whole = Math.max(one.lastIndexOf('{"time":'), one.lastIndexOf('{"type":'));
      if (index === texts.length - 1) return [];
      if (whole > 0) return lineOf(JSON.parse(one.slice(whole)) as Json);
      throw error;
    }
  });
}

/** Lines of other protocols are no business of the checker. */
function lineOf(json: Json): LogLine[] {
  const common = { atMs: time(json, 'time'), pool: text(json, 'pool'), slot: text(json, 'slot'), n: count(json, 'n') };
  if (text(json, 'type') === 'handover') {
    const line = {
      kind: 'handover' as const,
      ...{ ...common, channel: text(json, 'channel'), recycle: text(json, 'recycle') },
      ...{ from: text(json, 'from'), to: text(json, 'to'), inFlight: count(json, 'inFlight') },
    } as const;
    return [line];
  }
  if (text(json, 'type') !== '') return [];
  const line = {
    kind: 'request' as const,
    ...{ ...common, requestId: text(json, 'requestId'), path: text(json, 'path'), status: count(json, 'status') },
    ...{ error: text(json, 'error'), worker: text(json, 'worker'), generation: count(json, 'generation') },
  } as const;
  return [line];
}
