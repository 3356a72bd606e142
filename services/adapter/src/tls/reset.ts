import type { Socket } from 'node:net';

/**
 * Ends a connection with a RST; `raw` is the socket below TLS, or the same where there is none.
 *
 * - Below TLS it happens a turn later: Node's TLS reads its connection in native code that calls us, and a handle that is gone when the call returns
 *   ends the process (SIGSEGV, Node 24.21).
 */
export function resetConnection(socket: Socket, raw: Socket): void {
  if (socket === raw) {
    socket.resetAndDestroy();
    return;
  }
  setImmediate(() => {
    raw.resetAndDestroy();
    socket.destroy();
  });
}
