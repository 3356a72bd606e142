import type { LineFile } from '../log/access-log.ts';
import { writeLine } from '../log/write-line.ts';
import type { TcpConnection } from './tcp-connection.ts';
import type { TcpFault } from './tcp-port.ts';

/** Logs a connection that has ended; `nowMs` is on the adapter's clock. */
export function writeTcpLine(file: LineFile, connection: TcpConnection, nowMs: number): void {
  const { app, ends, binding, instance, arrivedAtMs, deliveredAtMs, errorCode, reason } = connection;
  const identity = instance?.session.identity;
  writeLine(file, {
    type: 'connection',
    time: new Date(performance.timeOrigin + arrivedAtMs).toISOString(),
    protocol: 'tcp',
    binding: binding.text,
    client: ascii(ends.remoteAddress),
    clientPort: ends.remotePort,
    isEncrypted: ends.isEncrypted,
    bytesIn: connection.bytesIn,
    bytesOut: connection.bytesOut,
    durationMs: ms(nowMs - arrivedAtMs),
    waitMs: ms((deliveredAtMs === 0 ? nowMs : deliveredAtMs) - arrivedAtMs),
    pool: app?.pool ?? null,
    app: app?.appKey ?? null,
    slot: identity?.slot ?? null,
    worker: identity?.workerId ?? null,
    generation: identity?.generation ?? null,
    n: connection.n,
    ...(errorCode === undefined ? {} : { error: errorCode, reason: ascii(reason) }),
  });
}

/** Logs a connection that was refused before it was anybody's. */
export function writeTcpFaultLine(file: LineFile, { client, code, reason }: TcpFault, atMs: number): void {
  const time = new Date(atMs).toISOString();
  writeLine(file, {
    type: 'connection',
    time,
    protocol: 'tcp',
    client: ascii(client),
    pool: null,
    app: null,
    n: 0,
    error: code,
    reason: ascii(reason),
  });
}

const ms = (value: number): number => Math.round(value * 1000) / 1000;

/** The log is ASCII; what others wrote is cut where it is long. */
const ascii = (text: string): string => text.slice(0, 500).replace(/[^\x20-\x7e]/g, '?');
