// The same on Node alone: HTTP/2 in TLS by node:http2. The port without TLS only says that it is there.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { join } from 'node:path';

const { CONFORMANCE_DIR: dir, PORT, TLS_PORT } = process.env;
const server = createSecureServer({ cert: readFileSync(join(dir, 'tls.crt')), key: readFileSync(join(dir, 'tls.key')) });
server.on('sessionError', () => {});
server.on('request', (request, response) => {
  request.on('error', () => {});
  response.on('error', () => {});
  request.resume();
  response.setHeader('content-type', 'text/plain');
  response.end('a body for h2spec, some of it behind a window of a few bytes\n');
});
server.listen(TLS_PORT, () => createServer((_request, response) => response.end()).listen(PORT));
