import { pipeline, Readable } from 'node:stream';
import zlib from 'node:zlib';
import { note } from '../record.js';
import { later, tryIt } from './helpers.js';

/** Answers that come in pieces. */
export const streaming = {
  '/chunks': async (_req, res, url) => {
    const count = Number(url.searchParams.get('n') ?? 3);
    const size = Number(url.searchParams.get('size') ?? 5);
    for (let index = 0; index < count; index++) {
      res.write(String(index % 10).repeat(size));
      if (url.searchParams.has('slow')) await later(2);
    }
    res.end();
  },
  '/mixed-writes': (_req, res) => {
    res.write('text ');
    res.write(Buffer.from('buffer '));
    res.write('h\u00e9x ', 'latin1');
    res.write(new Uint8Array([65, 66, 32]));
    res.write('');
    res.end('end');
  },
  '/corked': (_req, res) => {
    res.cork();
    res.write('a');
    res.write(Buffer.from('b'));
    res.write('c');
    res.uncork();
    res.cork();
    res.write('dd');
    res.write('ee');
    process.nextTick(() => {
      res.uncork();
      res.end('f');
    });
  },
  '/length-writes': (_req, res) => {
    res.setHeader('Content-Length', 9);
    res.write('abc');
    res.write('def');
    res.end('ghi');
  },
  '/write-then-end': (_req, res) => {
    res.write('first ');
    setImmediate(() => res.end('last'));
  },
  '/flush': async (_req, res) => {
    res.setHeader('X-Flushed', 'yes');
    res.flushHeaders();
    await later(5);
    res.end('after flush');
  },
  '/sse': async (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    for (let index = 0; index < 3; index++) {
      res.write(`id: ${index}\ndata: event ${index}\n\n`);
      await later(3);
    }
    res.end();
  },
  '/gzip': (_req, res) => {
    res.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' });
    pipeline(Readable.from(['compress me '.repeat(500)]), zlib.createGzip(), res, () => {});
  },
  '/trailers': (_req, res) => {
    res.setHeader('Trailer', 'X-Sum, X-Other');
    res.write('with ');
    res.addTrailers({ 'X-Sum': 'abc', 'X-Other': ['1', '2'] });
    res.end('trailers');
  },
  '/trailers-refused': (_req, res) => {
    res.setHeader('Content-Length', 2);
    res.setHeader('Trailer', 'X-Sum');
    const code = tryIt(() => void res.end('no'));
    if (code !== 'ok') {
      res.removeHeader('Trailer');
      res.removeHeader('Content-Length');
      res.end(code);
    }
  },
  '/backpressure': async (req, res, url) => {
    let left = Number(url.searchParams.get('bytes'));
    const block = Buffer.alloc(65_536, 'b');
    let drains = 0;
    const closed = new Promise((resolve) => res.once('close', resolve));
    while (left > 0 && !res.destroyed) {
      const chunk = block.subarray(0, Math.min(left, block.length));
      left -= chunk.length;
      if (!res.write(chunk)) {
        drains++;
        await Promise.race([new Promise((resolve) => res.once('drain', resolve)), closed]);
      }
    }
    note(req, `drained ${drains > 0}`);
    res.end();
  },
  '/big-string': (_req, res) => res.end('x'.repeat(300_000)),
};
