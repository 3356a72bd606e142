// Writes down every request that came whole, exactly as it was read, and answers with it; some paths answer in a form of their own.
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

const log = join(process.env.CONFORMANCE_DIR, 'http1.log');

const forms = {
  204: (_seen, res) => {
    res.statusCode = 204;
    res.write('nothing may follow');
    res.end();
  },
  304: (_seen, res) => {
    res.writeHead(304, { etag: '"a"' });
    res.end('nothing may follow');
  },
  chunked: (seen, res) => {
    res.write(seen.slice(0, 5));
    res.end(seen.slice(5));
  },
  hints: (seen, res) => {
    res.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => {});
    res.writeProcessing();
    res.end(seen);
  },
  length: (seen, res) => {
    res.setHeader('content-length', Buffer.byteLength(seen));
    res.end(seen);
  },
  trailers: (seen, res) => {
    // Node throws when an answer without chunks announces trailers.
    if (res.req.httpVersionMinor > 0) res.setHeader('trailer', 'x-sum');
    res.write(seen);
    res.addTrailers({ 'x-sum': 'a1' });
    res.end();
  },
  empty: (_seen, res) => res.end(),
};

const server = http.createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('error', () => {});
  req.on('end', () => {
    if (!req.complete) return;
    const { method, url, httpVersion: version, rawHeaders: headers, rawTrailers: trailers } = req;
    const seen = JSON.stringify({ method, url, version, headers, trailers, body: Buffer.concat(chunks).toString('latin1') });
    appendFileSync(log, `${seen}\n`);
    const form = forms[/^\/([a-z0-9]+)\//.exec(url)?.[1]];
    if (form) form(seen, res);
    else res.end(seen);
  });
});

server.listen(process.env.PORT);
