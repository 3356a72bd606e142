import { CODES } from '@baton/core';
import type { FaultCode } from '../listener/head-fault.ts';
import type { LineFile } from './access-log.ts';
import { writeLine } from './write-line.ts';

/** Refusal of bytes that never became a request. */
export interface Fault {
  readonly client: string;
  readonly code: FaultCode;
  /** Which rule was broken; a sentence of the listener's own. */
  readonly reason: string;
}

/** Logs a refusal made before there was a request, with the same fields as any other: what nobody knows is null. */
export function writeFaultLine(file: LineFile, { client, code, reason }: Fault, atMs: number): void {
  const line = {
    time: new Date(atMs).toISOString(),
    requestId: null,
    path: null,
    status: CODES[code].status,
    bytes: 0,
    durationMs: 0,
    waitMs: 0,
    client,
    method: null,
    host: null,
    pool: null,
    app: null,
    slot: null,
    worker: null,
    generation: null,
    n: 0,
    error: code,
    reason,
  };
  writeLine(file, line);
}
