import type { AdapterLog, LogLine } from '../history.ts';
import { count, type Json, text, time } from './fields.ts';

/** An adapter process that WAS met: each start of an adapter has an id of its own. */
export interface AdapterLife {
  readonly adapter: string;
  readonly attachedAtMs: number;
}

/**
 * Reads the access log that the lives of one adapter wrote into one after the other.
 *
 * - `lives`: in order. A life shows by its first switch: its numbers begin anew. One that never had anybody eligible leaves nothing to check.
 * - All but the last life were cut off; so is the last, if `isCut`.
 */
export function readAccessLog(content: string, lives: readonly AdapterLife[], isCut = false): AdapterLog[] {
  const parts: LogLine[][] = [];
  let last = Number.POSITIVE_INFINITY;
  for (const line of parseLines(content)) {
    if (line.kind === 'handover') {
      if (line.n <= last) parts.push([]);
      last = line.n;
    }
    parts.at(-1)?.push(line);
  }
  return parts.map((lines, index) => {
    const adapter = adapterOf(lines, lives);
    const isLast = index === parts.length - 1 && adapter === lives.at(-1)?.adapter;
    return { adapter, lines: lines.map((line) => named(line, adapter)), isCut: isCut || !isLast };
  });
}

/** Before anybody is eligible its adapter has registered. */
function adapterOf(lines: readonly LogLine[], lives: readonly AdapterLife[]): string {
  const bornAtMs = lines[0]?.atMs ?? 0;
  const life = lives.findLast(({ attachedAtMs }) => attachedAtMs <= bornAtMs + 1_000) ?? lives[0];
  if (!life) throw new Error('no adapter of this log ever registered');
  return life.adapter;
}

function named(line: LogLine, adapter: string): LogLine {
  return line.kind === 'handover' ? { ...line, channel: `${adapter}/${line.channel}` } : line;
}

function parseLines(content: string): LogLine[] {
  const texts = content.split('\n');
  return texts.flatMap((one, index): LogLine[] => {
    if (one === '') return [];
    try {
      return [lineOf(JSON.parse(one) as Json)];
    } catch (error) {
      // a process that was killed may leave half a line, before the first of the next one or at the end
      const rest = one.slice(one.lastIndexOf('{"time"'));
      if (index === texts.length - 1) return [];
      if (rest !== one && one.lastIndexOf('{"time"') > 0) return [lineOf(JSON.parse(rest) as Json)];
      throw error;
    }
  });
}

function lineOf(json: Json): LogLine {
  const common = { atMs: time(json, 'time'), pool: text(json, 'pool'), slot: text(json, 'slot'), n: count(json, 'n') };
  if (text(json, 'type') === 'handover') {
    return {
      ...{ kind: 'handover', ...common, channel: String(json.channel), recycle: text(json, 'recycle') },
      ...{ from: text(json, 'from'), to: text(json, 'to'), inFlight: count(json, 'inFlight') },
    } as const;
  }
  return {
    ...{ kind: 'request', ...common, requestId: text(json, 'requestId'), path: text(json, 'path'), status: count(json, 'status') },
    ...{ error: text(json, 'error'), worker: text(json, 'worker'), generation: count(json, 'generation') },
  } as const;
}
