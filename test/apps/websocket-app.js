// Echoes over a stock ws server, with its process id; says how each connection ended in websocket-ends.log of the cluster's directory.
const { appendFileSync } = require('node:fs');
const http = require('node:http');
const { join } = require('node:path');
const { WebSocketServer } = require('ws');

const ends = join(process.env.CLUSTER_DIR, 'websocket-ends.log');
const server = http.createServer((_request, response) => response.end(String(process.pid)));
const sockets = new WebSocketServer({ server, perMessageDeflate: true });
sockets.on('connection', (socket, request) => {
  socket.on('message', (message, isBinary) => socket.send(isBinary ? message : `${message} ${process.pid}`));
  socket.on('error', () => {});
  socket.on('close', (code) => appendFileSync(ends, `${request.url} ${code}\n`));
});
server.listen(process.env.PORT);
