// Ignores PORT; a second server on a fixed port follows.
const http = require('node:http');

http.createServer((_request, response) => response.end('app on 3000')).listen(3000, '127.0.0.1');
const second = http.createServer((_request, response) => response.end('second'));
second.listen(3001, () => {});
