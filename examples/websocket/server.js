// A chat room over a stock `ws` server. Recycle it while you talk: `npx baton pool recycle chat`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { on } from '@baton/sdk';
import { WebSocket, WebSocketServer } from 'ws';

const page = readFileSync(new URL('page.html', import.meta.url));
const server = createServer((_req, res) => res.setHeader('content-type', 'text/html; charset=utf-8').end(page));
const room = new WebSocketServer({ server, maxPayload: 65_536 });

room.on('connection', (socket) => {
  say(`somebody came in; ${room.clients.size} here, in process ${process.pid}`);
  socket.on('message', (data) => say(String(data)));
  socket.on('error', () => {});
  socket.on('close', () => say(`somebody left; ${room.clients.size} here`));
});

function say(text) {
  for (const socket of room.clients) if (socket.readyState === WebSocket.OPEN) socket.send(text);
}

// This process gives way to the next one. Whoever has something to say to its clients before that says it here.
on('draining', (deadline) => say(`process ${process.pid} gives way; it goes at ${deadline.toLocaleTimeString()} at the latest`));

server.listen(process.env.PORT ?? 3000);
