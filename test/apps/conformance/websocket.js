// A stock ws server: echoes, and does what the path says. Writes down how each connection ended, as the app saw it.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

const log = join(process.env.CONFORMANCE_DIR, 'websocket.log');
const note = (id, text) => appendFileSync(log, `${JSON.stringify({ id, text })}\n`);

const plain = new WebSocketServer({ noServer: true });
const servers = {
  deflate: new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0, serverNoContextTakeover: true } }),
  small: new WebSocketServer({ noServer: true, maxPayload: 1024 }),
  'small-deflate': new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: true }),
  protocols: new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false) }),
  origin: new WebSocketServer({ noServer: true, verifyClient: ({ origin }) => origin === 'https://good.example' }),
};

const acts = {
  push: (socket) => {
    for (let count = 0; count < 100; count++) socket.send(Buffer.alloc(10_000, count));
    socket.close(1000);
  },
  flood: (socket) => {
    for (let count = 0; count < 50; count++) socket.send(Buffer.alloc(100_000, count));
    socket.close(1000);
  },
  close: (socket, [code, reason]) => socket.close(code ? Number(code) : undefined, reason),
  terminate: (socket) => socket.terminate(),
  reset: (socket) => socket._socket.resetAndDestroy(),
  ping: (socket) => {
    socket.on('pong', (data) => socket.send(`pong ${data}`));
    socket.ping('are you there');
  },
  fragments: (socket) => {
    for (const [index, part] of ['one ', 'two ', 'three'].entries()) socket.send(part, { fin: index === 2 });
  },
  headers: (socket, [name], req) => socket.send(String(req.headers[name])),
  address: (socket, _words, req) => socket.send(`${req.socket.remoteAddress.replace('::ffff:', '')} ${req.url.split('?')[0]}`),
};

const server = createServer((_req, res) => {
  res.writeHead(426, { 'content-type': 'text/plain' });
  res.end('an upgrade is needed');
});
server.on('upgrade', (req, socket, head) => {
  const url = new URL(req.url, 'http://app.test');
  const [kind, ...words] = url.pathname.slice(1).split('/');
  const id = url.searchParams.get('id');
  socket.on('error', () => {});
  if (kind === 'refuse') return refuse(socket, words[0]);
  const accept = () => (servers[kind] ?? plain).handleUpgrade(req, socket, head, (ws) => accepted(ws, id, kind, words, req));
  if (kind === 'late') setTimeout(accept, 50);
  else accept();
});

function accepted(socket, id, kind, words, req) {
  let errors = '';
  socket.on('error', ({ code }) => {
    errors += ` ${code}`;
  });
  socket.on('close', (code, reason) => note(id, `${code}${String(reason)}${errors}`));
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  acts[kind]?.(socket, words, req);
}

function refuse(socket, how) {
  if (how === 'length') socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 4\r\n\r\nstay');
  else if (how === 'chunked')
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nstay\r\n0\r\n\r\n');
  else if (how === 'redirect') socket.end('HTTP/1.1 302 Found\r\nLocation: /echo\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  else if (how === 'until-end') socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\nwho are you');
  else socket.destroy();
}

server.listen(process.env.PORT);
