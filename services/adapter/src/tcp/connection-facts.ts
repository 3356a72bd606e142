import type { RequestHead } from '@baton/channel';
import type { ProxyHeader } from './proxy-header.ts';
import type { TcpBinding } from './tcp-binding.ts';

/** What is known of a connection before its application is: its ends, and what TLS and a proxy said of it. */
export interface ConnectionFacts {
  /** Of the client, behind a proxy that says so; plain IPv4 or IPv6, a path for a UNIX socket of the proxy. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly isEncrypted: boolean;
  /** Raw pairs: tls-server-name, tls-alpn, proxy-tlv-HH. */
  readonly headers: readonly string[];
}

/** The ends of a socket. */
export interface SocketEnds {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

export interface TlsFacts {
  readonly serverName: string | undefined;
  readonly alpn: string | undefined;
}

/** Puts together what the socket, a PROXY header and TLS say of a connection. */
export function connectionFacts(ends: SocketEnds, proxy: ProxyHeader | undefined, tls: TlsFacts | undefined): ConnectionFacts {
  const headers: string[] = [];
  if (tls?.serverName) headers.push('tls-server-name', tls.serverName);
  if (tls?.alpn) headers.push('tls-alpn', tls.alpn);
  for (const { type, value } of proxy?.tlvs ?? [])
    headers.push(`proxy-tlv-${type.toString(16).padStart(2, '0')}`, value.toString('base64'));
  return { ...(proxy?.addresses ?? ends), isEncrypted: tls !== undefined, headers };
}

/** The head with which a connection is handed to a worker (docs/channel.md, What a request is, by protocol). */
export function tcpHead(appKey: string, binding: TcpBinding, facts: ConnectionFacts): RequestHead {
  const { remoteAddress, remotePort, localAddress, localPort, isEncrypted, headers } = facts;
  return {
    protocol: 'tcp',
    appKey,
    method: 'TCP',
    url: binding.text,
    httpVersion: '1.1',
    headers: [...headers],
    remoteAddress,
    remotePort,
    localAddress,
    localPort,
    encrypted: isEncrypted,
    deadlineMs: 0,
  };
}
