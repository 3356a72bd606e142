// An upgrade by hand, without a library: a protocol of lines that ends half by half.
const http = require('node:http');

const server = http.createServer((_request, response) => response.end(String(process.pid)));
server.on('upgrade', (request, socket, head) => {
  if (request.headers.upgrade !== 'lines')
    return socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 6\r\n\r\nlines!');
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\nwelcome\n');
  if (head.length > 0) socket.unshift(head);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('end', () => socket.end(`you said ${text.split('\n').length - 1} lines, ${text.length} characters\n`));
  socket.on('error', () => {});
});
server.listen(process.env.PORT);
