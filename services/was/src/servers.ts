import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatonError } from '@baton/core';
import { type Server, ServerCredentials } from '@grpc/grpc-js';

/** Opens a gRPC port without TLS and returns it; 0 = any free one. */
export function bindGrpc(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(new BatonError('PORT_TAKEN', `${address} cannot be opened: ${error.message}`, { cause: error }));
      else resolve(port);
    });
  });
}

/** Opens an HTTP port and returns it; PORT_TAKEN or PORT_DENIED when it cannot. */
export function listenHttp(server: HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EACCES' ? 'PORT_DENIED' : 'PORT_TAKEN';
      reject(new BatonError(code, `${host}:${port} cannot be opened: ${error.message}`, { cause: error }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Stops listening and ends every connection. */
export function closeHttp(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
