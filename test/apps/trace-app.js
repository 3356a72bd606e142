// Answers with the trace headers that it got, after `?ms`.
const http = require('node:http');

http
  .createServer((request, response) => {
    const { traceparent, tracestate } = request.headers;
    const ms = Number(new URL(request.url, 'http://app').searchParams.get('ms'));
    setTimeout(() => response.end(JSON.stringify({ traceparent, tracestate, pid: process.pid })), ms);
  })
  .listen(process.env.PORT || 0);
