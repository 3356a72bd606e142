// An unmodified Express app: nothing in it knows of Baton. `node server.js` runs it just as well.
const { createHash } = require('node:crypto');
const express = require('express');

const app = express();
const startedAt = new Date();
let served = 0;

app.use((_req, _res, next) => {
  served++;
  next();
});

app.get('/', (_req, res) => {
  res.type('html').send(`<!doctype html><meta charset="utf-8"><title>Express behind Baton</title>
<style>body{font:16px/1.5 system-ui;max-width:42rem;margin:4rem auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}</style>
<h1>Hello from process ${process.pid}</h1>
<p>This worker process started ${startedAt.toISOString()} and has served ${served} request(s).
It was not there before the first one, and it goes away after a minute without any; the port stays open.</p>
<ul>
<li><a href="/info">/info</a>: what the app sees of the request</li>
<li><a href="/clock">/clock</a>: a response that streams for five seconds</li>
<li><code>curl -T FILE http://localhost:8080/upload</code>: a streamed upload, answered with its SHA-256</li>
<li><a href="/crash">/crash</a>: ends the worker process; the next request gets a new one</li>
<li><a href="/api/">/api/</a> (Fastify) and <a href="/edge/">/edge/</a> (a fetch handler) run in pools of their own</li>
</ul>`);
});

app.get('/info', (req, res) => {
  res.json({
    pid: process.pid,
    main: require.main === module,
    ip: req.ip,
    protocol: req.protocol,
    hostname: req.hostname,
    headers: req.headers,
  });
});

app.get('/clock', async (req, res) => {
  res.type('text/plain');
  for (let second = 0; second < 5 && !req.destroyed; second++) {
    res.write(`${new Date().toISOString()}\n`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  res.end('done\n');
});

app.put('/upload', async (req, res) => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of req) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  res.json({ bytes, sha256: hash.digest('hex') });
});

app.get('/crash', () => process.abort());

app.listen(process.env.PORT || 3000, () => console.log('shop is ready'));
