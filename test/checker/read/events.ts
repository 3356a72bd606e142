import type { EventRecord } from '../history.ts';
import { count, type Json, text, time } from './fields.ts';

/** An event of `baton event list --json`, of `baton event follow --json` or of /api/v1/events. */
export function readEvent(json: Json): EventRecord {
  return {
    atMs: time(json, 'at'),
    type: text(json, 'type'),
    pool: text(json, 'pool'),
    slot: text(json, 'slot'),
    worker: text(json, 'worker'),
    generation: count(json, 'generation'),
    host: text(json, 'host'),
    cause: text(json, 'cause'),
    message: text(json, 'message'),
    recycle: text(json, 'recycle'),
    channel: text(json, 'channel'),
    from: text(json, 'from'),
    to: text(json, 'to'),
    inFlight: count(json, 'inFlight'),
  };
}

/** What `baton event follow --json` printed: one event per line. */
export function readEventLines(content: string): EventRecord[] {
  return content
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => readEvent(JSON.parse(line) as Json));
}
