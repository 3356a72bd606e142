// A metrics server that listens first, on a port of its own, and the app's server.
const http = require('node:http');

const metrics = http.createServer((_request, response) => response.end('metrics'));
metrics.listen(9464, () => {
  const server = http.createServer((_request, response) =>
    response.end(JSON.stringify({ app: server.address().port, metrics: metrics.address() })),
  );
  server.listen(process.env.PORT);
});
