// Closes on SIGTERM and ends when nothing is left to do.
const http = require('node:http');

const server = http.createServer((_request, response) => response.end('natural')).listen(process.env.PORT);
process.on('SIGTERM', () => server.close(() => console.log('app: closed')));
process.on('exit', () => console.log('app: exit'));
