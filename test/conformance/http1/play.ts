import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ParsedResponse, ResponseParser } from '../../e2e/http-surface/response-parser.ts';
import type { Probe } from './probe.ts';

const PATIENCE_MS = 10_000;
/** For servers that may wait for more. */
const SHORT_PATIENCE_MS = 1_000;
/** Between the parts of a probe that come one by one. */
const PART_GAP_MS = 2;

/** What the client of a probe saw. */
export interface Played {
  readonly responses: readonly ParsedResponse[];
  /** Bytes that belong to no answer that was due. */
  readonly leftover: string;
  readonly isClosed: boolean;
  /** The answers are not HTTP/1.1. */
  readonly fault: string | undefined;
}

/** Sends the bytes of a probe and reads until the answers have come, the server has closed, or patience has ended. */
export async function play(probe: Probe, id: string, host: string, port: number): Promise<Played> {
  const { sees = [{}], hasTail = true, closes = false } = probe;
  const parser = new ResponseParser([...sees.map(({ method }) => method ?? 'GET'), 'GET']);
  const due = sees.length + (hasTail && !closes ? 1 : 0);
  const parts = typeof probe.bytes === 'string' ? [probe.bytes] : probe.bytes;
  const tail = hasTail ? 'GET /tail-%ID% HTTP/1.1\r\nHost: %ID%.test\r\n\r\n' : '';
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  let isClosed = false;
  let fault: string | undefined;
  let wake = (): void => {};
  const close = () => {
    isClosed = true;
    parser.end();
    wake();
  };
  socket.on('error', close).on('close', close).on('end', close);
  socket.on('data', (chunk) => {
    try {
      parser.push(chunk);
    } catch (error) {
      fault ??= error instanceof Error ? error.message : String(error);
    }
    wake();
  });
  const untilMs = Date.now() + (probe.mayWait ? SHORT_PATIENCE_MS : PATIENCE_MS);
  const isSettled = () => isClosed || fault !== undefined || (!closes && parser.whole >= due && !hasRefused(parser.responses));
  try {
    for (const [index, part] of [...parts.slice(0, -1), `${parts.at(-1)}${tail}`].entries()) {
      if (index > 0) await delay(PART_GAP_MS);
      if (!isClosed) socket.write(Buffer.from(part.replaceAll('%ID%', id), 'latin1'));
    }
    if (probe.fin) socket.end();
    while (!isSettled() && Date.now() < untilMs) {
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        delay(Math.max(0, untilMs - Date.now()), undefined, { ref: false }),
      ]);
      if (hasRefused(parser.responses) && probe.mayStay && parser.whole >= due) break;
    }
  } finally {
    socket.destroy();
  }
  return { responses: parser.responses.filter(({ isWhole }) => isWhole), leftover: parser.leftover, isClosed, fault };
}

export const hasRefused = (responses: readonly ParsedResponse[]): boolean => responses.some(({ status }) => status >= 400);
