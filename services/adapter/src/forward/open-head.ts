import type { RequestHead } from '@baton/channel';
import type { RequestMessage } from '../listener/request-message.ts';

/** The client's connection, as an app may see it. */
export interface ClientAddress {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** It is encrypted. */
  readonly isEncrypted: boolean;
}

/** The head with which a request is handed to a worker; `deadlineMs` is the time it has left, 0 for no limit. */
export function openHead(appKey: string, message: RequestMessage, client: ClientAddress, deadlineMs: number): RequestHead {
  return {
    protocol: 'http',
    appKey,
    method: message.method,
    url: message.target,
    httpVersion: message.minor === 1 ? '1.1' : '1.0',
    headers: message.headers,
    remoteAddress: client.remoteAddress,
    remotePort: client.remotePort,
    localAddress: client.localAddress,
    localPort: client.localPort,
    encrypted: client.isEncrypted,
    deadlineMs,
  };
}
