// A server of TLS of its own at each of TLS_PORTS, with the certificate app.pem: says what it sees of its client, then every byte comes back.
const { readFileSync } = require('node:fs');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');

const { TLS_DIR, TLS_PORTS, HTTPS_PORT } = process.env;
const secrets = { cert: readFileSync(`${TLS_DIR}/app.cert`), key: readFileSync(`${TLS_DIR}/app.key`) };

for (const port of TLS_PORTS.split(',')) {
  const events = [];
  const server = tls.createServer({ ...secrets, ALPNProtocols: ['echo/1'], allowHalfOpen: true });
  server.on('connection', () => events.push('connection'));
  server.on('tlsClientError', (error) => events.push(`tlsClientError ${error.code}`));
  server.on('secureConnection', (socket) => {
    const { encrypted, servername, alpnProtocol, remoteAddress, remotePort, localPort } = socket;
    const kinds = { isSocket: socket instanceof net.Socket, isTlsSocket: socket instanceof tls.TLSSocket };
    socket.on('error', () => {});
    socket.write(`${JSON.stringify({ ...kinds, encrypted, servername, alpnProtocol, remoteAddress, remotePort, localPort, events })}\n`);
    socket.pipe(socket);
  });
  server.listen(port);
}

https.createServer(secrets, (request, response) => response.end(`${request.url} ${request.socket.encrypted}`)).listen(HTTPS_PORT);
