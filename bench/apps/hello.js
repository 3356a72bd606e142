// The measured app: the smallest thing a Node server can answer.
const http = require('node:http');
const server = http.createServer((_request, response) => response.end('hello world'));
server.listen(process.env.PORT || 0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
