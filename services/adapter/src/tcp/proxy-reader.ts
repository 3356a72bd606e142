import type { Socket } from 'node:net';
import { ProxyFault, type ProxyFaultReason, type ProxyHeader, readProxyHeader } from './proxy-header.ts';

/** Largest header taken, bytes: fields of a proxy are some hundreds, certificates of clients some thousands. */
const MAX_BYTES = 16_384;

export interface ProxyReaderEvents {
  onHeader(header: ProxyHeader): void;
  /** `reason`: the fault's, or that the client closed before the header was complete. */
  onFault(reason: ProxyFaultReason | 'closed', message: string): void;
}

/** Takes the PROXY header off the front of a connection and puts back what follows it. Says one thing, once; a socket that fails says nothing. */
export function readProxyFrom(socket: Socket, events: ProxyReaderEvents): void {
  let read: Buffer = Buffer.alloc(0);
  const stop = (): void => {
    socket.off('readable', onReadable);
    socket.off('end', onEnd);
  };
  const fail = (reason: ProxyFaultReason | 'closed', message: string): void => {
    stop();
    events.onFault(reason, message);
  };
  function onEnd(): void {
    fail('closed', `the client closed after ${read.length} bytes of a PROXY header`);
  }
  function onReadable(): void {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
      read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    if (read.length === 0) return;
    let header: ProxyHeader | undefined;
    try {
      header = readProxyHeader(read, MAX_BYTES);
    } catch (error) {
      if (!(error instanceof ProxyFault)) throw error;
      fail(error.reason, error.message);
      return;
    }
    if (!header) return;
    stop();
    if (header.bytes < read.length) socket.unshift(read.subarray(header.bytes));
    events.onHeader(header);
  }
  socket.on('readable', onReadable);
  socket.on('end', onEnd);
}
