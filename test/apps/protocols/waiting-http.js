// The plain app behind waiting-module.mjs, which keeps the ledger: gives each request its own id and body back.
const http = require('node:http');

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  response.end(`${request.headers['x-work-id']} ${process.pid} ${Buffer.concat(chunks)}`);
});
server.listen(process.env.PORT || 0);
