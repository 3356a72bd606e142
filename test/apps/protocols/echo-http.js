// Answers each request with its own id and body after some milliseconds, and writes down what it began.
const http = require('node:http');
const { begun } = require('./ledger.js');

const server = http.createServer(async (request, response) => {
  const id = request.headers['x-work-id'];
  if (id === undefined) return void response.end('hello');
  begun(id);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  setTimeout(() => response.end(`${id} ${process.pid} ${Buffer.concat(chunks)}`), Number(request.headers['x-wait-ms'] ?? 0));
});
server.listen(process.env.PORT || 0);
