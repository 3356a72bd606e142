// Uses the parent's channel if it finds one.
const http = require('node:http');

const heard = [];
process.on('message', (message) => heard.push(message));
if (process.send) process.send('ready');
http.createServer((_request, response) => response.end(JSON.stringify({ heard, send: typeof process.send }))).listen(process.env.PORT);
