import type { Server } from 'node:net';
import { http, https } from '../http/node-http.ts';

/** The names of node:http2's own classes, which are not exported; asking by them does not load the module. */
const HTTP2_NAMES: readonly string[] = ['Http2Server', 'Http2SecureServer'];

/** What a server of the app speaks: one of node:http or node:https, one of node:http2, or bytes of its own (node:net, node:tls). */
export type ServerKind = 'http' | 'http2' | 'bytes';

export function serverKind(server: Server): ServerKind {
  if (server instanceof http.Server || (server as Server) instanceof https.Server) return 'http';
  for (let prototype = Object.getPrototypeOf(server); prototype; prototype = Object.getPrototypeOf(prototype)) {
    if (HTTP2_NAMES.includes(prototype.constructor?.name)) return 'http2';
  }
  return 'bytes';
}
