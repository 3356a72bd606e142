// The same as websocket-app.js over another library: it takes the socket of 'upgrade' in its own way, by pipes.
const http = require('node:http');
const WebSocket = require('faye-websocket');

const server = http.createServer((_request, response) => response.end(String(process.pid)));
server.on('upgrade', (request, socket, head) => {
  if (!WebSocket.isWebSocket(request)) return socket.destroy();
  const peer = new WebSocket(request, socket, head, ['chat'], { maxLength: 1 << 24 });
  peer.on('message', ({ data }) => peer.send(data));
  peer.on('error', () => {});
});
server.listen(process.env.PORT);
