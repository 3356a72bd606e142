import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from './http-request.ts';

/** What a TLS connection of this process tells about its client; undefined = no TLS here, or no certificate. */
export function certificateOf(req: IncomingMessage): ClientCertificate | undefined {
  const socket = req.socket as Partial<TLSSocket>;
  const peer = socket.getPeerCertificate?.();
  if (!peer?.subject) return undefined;
  return {
    subject: nameOf(peer.subject),
    issuer: nameOf(peer.issuer),
    serialNumber: peer.serialNumber,
    fingerprint: peer.fingerprint256,
    isVerified: socket.authorized === true,
  };
}

/** "CN=client, O=Example": in the order of the certificate. */
function nameOf(parts: object): string {
  return Object.entries(parts)
    .flatMap(([key, value]) => [value].flat().map((one) => `${key}=${one}`))
    .join(', ');
}
