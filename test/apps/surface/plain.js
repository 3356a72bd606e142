// node:http alone.
import http from 'node:http';
import { handle } from './handle.js';
import { note } from './record.js';

const server = http.createServer((req, res) => {
  if (handle(req, res)) return;
  if (req.url.startsWith('/throw')) throw new Error('thrown by the handler');
  res.statusCode = 404;
  res.end('not found');
});

// A server with a listener of its own for each kind of Expect.
if (process.env.EXPECT_LISTENERS === '1') {
  server.on('checkContinue', (req, res) => {
    if (req.headers['x-refuse']) {
      res.writeHead(403);
      res.end('refused');
      return;
    }
    res.writeContinue();
    server.emit('request', req, res);
  });
  server.on('checkExpectation', (req, res) => {
    res.statusCode = 200;
    res.end(`expected ${req.headers.expect}`);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
}

server.listen(process.env.PORT, () => note({ headers: {} }, `listening ${server.listening}`));
