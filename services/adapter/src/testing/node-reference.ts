import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import type { ReadRequest, ReadResult } from './read-all.ts';

/** Reads bytes with node:http's own server over a stream in memory; what it understood, and the status with which it refused. */
export async function readWithNode(bytes: Buffer): Promise<ReadResult> {
  const requests: ReadRequest[] = [];
  let output = '';
  const server = createServer({ connectionsCheckingInterval: 2 ** 30 }, (message, response) => {
    collect(message, requests);
    message.on('end', () => response.end());
  });
  // What the app would decide is not the parser's business.
  server.on('checkContinue', (message: IncomingMessage, response) => server.emit('request', message, response));
  server.on('checkExpectation', (message: IncomingMessage, response) => server.emit('request', message, response));
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      output += chunk.toString('latin1');
      done();
    },
  });
  socket.on('error', () => {});
  server.emit('connection', Object.assign(socket, { setTimeout: () => socket, destroySoon: () => socket.destroy() }));
  socket.push(bytes);
  let quiet = 0;
  for (let seen = ''; quiet < 4; quiet++) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = `${output.length} ${requests.map((request) => `${request.body.length}${request.isComplete}`).join()}`;
    if (now !== seen) quiet = 0;
    seen = now;
  }
  socket.destroy();
  server.close();
  const refusal = /HTTP\/1\.1 (4\d\d|5\d\d) [^\r]*\r\nConnection: close\r\n\r\n$/.exec(output);
  return { requests, status: Number(refusal?.[1] ?? 0), reason: '', isInHead: false };
}

function collect(message: IncomingMessage, requests: ReadRequest[]): void {
  const request: ReadRequest = {
    method: message.method ?? '',
    url: message.url ?? '',
    version: message.httpVersion,
    headers: message.rawHeaders,
    body: '',
    trailers: [],
    isComplete: false,
  };
  requests.push(request);
  message.on('data', (chunk: Buffer) => {
    request.body += chunk.toString('latin1');
  });
  message.on('end', () => {
    request.isComplete = message.complete;
    request.trailers = message.rawTrailers;
  });
  message.on('error', () => {});
}
