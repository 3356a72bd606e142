// Sends every message of a WebSocket back; the first one is the id of the connection.
const http = require('node:http');
const { WebSocketServer } = require('ws');
const { begun } = require('./ledger.js');

const server = http.createServer((_request, response) => response.end('hello'));
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  let isFirst = true;
  socket.on('message', (message) => {
    if (isFirst) begun(message.toString().split(' ', 1)[0]);
    isFirst = false;
    socket.send(`${message} ${process.pid}`);
  });
});
server.listen(process.env.PORT || 0);
