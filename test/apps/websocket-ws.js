// An echo over a stock ws server that offers permessage-deflate.
const http = require('node:http');
const { WebSocketServer } = require('ws');

const server = http.createServer((_request, response) => response.end(String(process.pid)));
const sockets = new WebSocketServer({ server, perMessageDeflate: true, handleProtocols: (offered) => offered.has('chat') && 'chat' });
sockets.on('connection', (socket) => {
  socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
  socket.on('error', () => {});
});
server.listen(process.env.PORT);
