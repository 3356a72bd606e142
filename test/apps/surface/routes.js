// Everything the raw clients ask for, written against (req, res) alone, so that each framework can mount it below its own pipeline.
import net from 'node:net';
import { pipeline, Readable, Transform } from 'node:stream';
import { pipeline as pipelinePromise } from 'node:stream/promises';
import zlib from 'node:zlib';
import { note } from './record.js';

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function bodyOf(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function json(res, value) {
  const text = JSON.stringify(value);
  res.setHeader('Content-Type', 'application/json');
  res.end(text);
}

function tryIt(action) {
  try {
    return action() ?? 'ok';
  } catch (error) {
    return error.code ?? error.name;
  }
}

const upper = () => new Transform({ transform: (chunk, _encoding, done) => done(null, chunk.toString('latin1').toUpperCase()) });

export const routes = {
  // one-shot responses
  '/hello': (_req, res) => res.end('hello world'),
  '/html': (_req, res) => {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end('<p>hällo wörld</p>');
  },
  '/buffer': (_req, res) => {
    const body = Buffer.from([0, 1, 2, 253, 254, 255]);
    res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': body.length });
    res.end(body);
  },
  '/nothing': (_req, res) => res.end(),
  '/latin1-body': (_req, res) => res.end('h\u00e9llo', 'latin1'),
  '/base64-body': (_req, res) => res.end(Buffer.from('base64').toString('base64'), 'base64'),
  '/status': (_req, res, url) => {
    res.statusCode = Number(url.searchParams.get('code'));
    const reason = url.searchParams.get('reason');
    if (reason !== null) res.statusMessage = reason;
    res.end('status body');
  },
  '/status-chunked': (_req, res, url) => {
    res.statusCode = Number(url.searchParams.get('code'));
    res.write('a');
    res.end('b');
  },
  '/status-explicit-te': (_req, res, url) => {
    res.writeHead(Number(url.searchParams.get('code')), { 'Transfer-Encoding': 'chunked' });
    res.end();
  },
  '/async': async (_req, res) => {
    await later(5);
    res.end('async');
  },
  '/end-callback': (req, res) => res.end('called', () => note(req, 'end callback')),
  '/write-callbacks': (req, res) => {
    res.write('a', () => note(req, 'first written'));
    res.write('b', () => note(req, 'second written'));
    res.end('c', () => note(req, 'ended'));
  },

  // headers
  '/headers': (_req, res) => {
    res.setHeader('X-One', '1');
    res.setHeader('x-lower', 'lower');
    res.setHeader('X-List', ['a', 'b', 'c']);
    res.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; HttpOnly']);
    res.appendHeader('X-One', '2');
    res.setHeader('X-Gone', 'gone');
    res.removeHeader('x-gone');
    res.end('headers');
  },
  '/raw-header-array': (_req, res) => {
    res.writeHead(200, 'Very Fine', ['X-A', '1', 'x-a', '2', 'Set-Cookie', 'c=3', 'Set-Cookie', 'd=4', 'Content-Length', '3']);
    res.end('raw');
  },
  '/latin1-header': (_req, res) => {
    res.setHeader('X-Latin', 'caf\u00e9 \u00ff');
    res.end('text');
  },
  '/latin1-header-buffer': (_req, res) => {
    res.setHeader('X-Latin', 'caf\u00e9 \u00ff');
    res.end(Buffer.from('bytes'));
  },
  '/no-date': (_req, res) => {
    res.sendDate = false;
    res.end('no date');
  },
  '/own-date': (_req, res) => {
    res.setHeader('Date', 'Thu, 01 Jan 1970 00:00:00 GMT');
    res.setHeader('Server', 'mine');
    res.end('own date');
  },
  '/close-header': (_req, res) => {
    res.setHeader('Connection', 'close');
    res.end('closing');
  },
  '/keep-alive-header': (_req, res) => {
    res.setHeader('Connection', 'keep-alive');
    res.setHeader('Keep-Alive', 'timeout=77');
    res.end('keeping');
  },
  '/connection-list': (_req, res) => {
    res.writeHead(200, { Connection: 'x-hop, close', 'X-Hop': 'here', 'Content-Length': 4 });
    res.end('list');
  },
  '/should-not-keep': (_req, res) => {
    res.shouldKeepAlive = false;
    res.end('not kept');
  },
  '/removed-length': (_req, res) => {
    res.removeHeader('Content-Length');
    res.end('chunked then');
  },
  '/removed-both': (_req, res) => {
    res.removeHeader('Content-Length');
    res.removeHeader('Transfer-Encoding');
    res.end('until the end');
  },
  '/removed-connection': (_req, res) => {
    res.removeHeader('Connection');
    res.end('no connection header');
  },
  '/big-headers': (_req, res) => {
    for (let index = 0; index < 20; index++) res.setHeader(`X-Big-${index}`, String(index).repeat(200));
    res.end('big');
  },
  '/header-errors': (_req, res) => {
    const results = {
      name: tryIt(() => void res.setHeader('bad name', 'x')),
      value: tryIt(() => void res.setHeader('X-Bad', 'a\r\nb')),
      undefined: tryIt(() => void res.setHeader('X-Bad', undefined)),
      status: tryIt(() => void res.writeHead(99)),
      message: tryIt(() => void res.writeHead(200, 'bad\r\nreason')),
    };
    res.statusMessage = 'Checked';
    json(res, results);
  },

  // streaming
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

  // 1xx
  '/early-hints': (_req, res) => {
    res.writeEarlyHints({ link: ['</a.css>; rel=preload; as=style', '</b.js>; rel=preload; as=script'], 'x-hint': 'yes' });
    res.end('hinted');
  },
  '/early-hints-later': async (_req, res) => {
    res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' });
    await later(5);
    res.writeProcessing();
    await later(5);
    res.writeHead(200, { 'Content-Type': 'text/plain' });
    res.end('processed');
  },
  '/continue-twice': (_req, res) => {
    res.writeContinue();
    res.writeContinue();
    res.end('continued');
  },

  // request bodies
  '/echo': async (req, res) => {
    const body = await bodyOf(req);
    json(res, {
      method: req.method,
      url: req.url,
      httpVersion: req.httpVersion,
      headers: req.headers,
      rawHeaders: req.rawHeaders,
      distinct: req.headersDistinct,
      body: body.toString('latin1'),
      trailers: req.trailers,
      rawTrailers: req.rawTrailers,
      complete: req.complete,
      upgrade: req.upgrade,
    });
  },
  '/count': async (req, res) => {
    let bytes = 0;
    for await (const chunk of req) bytes += chunk.length;
    res.end(String(bytes));
  },
  '/slow-count': async (req, res) => {
    let bytes = 0;
    for await (const chunk of req) {
      bytes += chunk.length;
      await later(1);
    }
    res.end(String(bytes));
  },
  '/events-body': (req, res) => {
    let body = '';
    req.setEncoding('utf8');
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => res.end(`got ${body.length}: ${body}`));
  },
  '/pause-resume': (req, res) => {
    let bytes = 0;
    req.on('data', (chunk) => {
      bytes += chunk.length;
      req.pause();
      setTimeout(() => req.resume(), 1);
    });
    req.on('end', () => res.end(String(bytes)));
  },
  '/readable': (req, res) => {
    let bytes = 0;
    req.on('readable', () => {
      for (let chunk = req.read(); chunk !== null; chunk = req.read()) bytes += chunk.length;
    });
    req.on('end', () => res.end(String(bytes)));
  },
  '/pipe': (req, res) => {
    req.pipe(res);
  },
  '/pipeline': (req, res) => {
    pipeline(req, upper(), res, (error) => note(req, `pipeline ${error?.code ?? 'ok'}`));
  },
  '/pipeline-promise': async (req, res) => {
    await pipelinePromise(req, upper(), res).catch(() => {});
  },
  '/ignore-body': (_req, res) => res.end('ignored'),
  '/early-answer': (req, res) => {
    res.end('early');
    let bytes = 0;
    req.on('data', (chunk) => {
      bytes += chunk.length;
    });
    req.on('end', () => note(req, `read ${bytes} after the answer`));
  },
  '/refuse-body': (_req, res) => {
    res.writeHead(413, { Connection: 'close' });
    res.end('too much');
  },
  '/form': async (req, res) => json(res, Object.fromEntries(new URLSearchParams((await bodyOf(req)).toString()))),
  '/json': async (req, res) => json(res, { got: JSON.parse((await bodyOf(req)).toString()) }),

  // misuse
  '/end-twice': (req, res) => {
    res.end('once');
    res.end();
    note(req, `ended=${res.writableEnded}`);
  },
  '/end-twice-data': (req, res) => {
    res.on('error', (error) => note(req, error.code));
    res.end('once');
    res.end('twice');
  },
  '/write-after-end': (req, res) => {
    res.on('error', (error) => note(req, error.code));
    res.end('ended');
    note(req, `write returned ${res.write('more', (error) => note(req, `callback ${error?.code}`))}`);
  },
  '/header-after-send': (_req, res) => {
    res.write('sent ');
    res.end(tryIt(() => void res.setHeader('X-Late', '1')));
  },
  '/write-head-twice': (_req, res) => {
    res.writeHead(201, { 'X-First': '1' });
    res.end(tryIt(() => void res.writeHead(202)));
  },
  '/strict-length': (req, res) => {
    res.strictContentLength = true;
    res.writeHead(200, { 'Content-Length': 4 });
    note(
      req,
      tryIt(() => void res.write('too long')),
    );
    res.end('four');
  },
  '/too-long': (_req, res) => {
    res.setHeader('Content-Length', 4);
    res.setHeader('Connection', 'close');
    res.write('four');
    res.end();
  },
  '/write-null': (_req, res) => res.end(tryIt(() => void res.write(null))),
  '/write-number': (_req, res) => res.end(tryIt(() => void res.write(5))),
  '/head-write': (_req, res) => {
    const returned = res.write('not sent to HEAD');
    res.end(`${returned}`);
  },

  // ends that are not orderly
  '/destroy': (_req, res) => res.destroy(),
  '/destroy-error': (_req, res) => res.destroy(new Error('by the app')),
  '/destroy-request': (req) => req.destroy(),
  '/destroy-socket': (req) => req.socket.destroy(),
  '/destroy-after-head': async (_req, res) => {
    res.setHeader('Content-Length', 100);
    res.write('partial');
    await later(10);
    res.destroy();
  },
  '/destroy-chunked': async (_req, res) => {
    res.write('partial');
    await later(10);
    res.socket.destroy();
  },
  '/destroy-after-end': (_req, res) => {
    res.end('complete');
    res.on('finish', () => res.destroy());
  },
  '/wait': (req, res) => {
    req.on('aborted', () => note(req, 'aborted seen'));
    res.on('close', () => note(req, `wait over, socket destroyed=${req.socket.destroyed}`));
  },
  '/wait-head': (_req, res) => {
    res.write('waiting');
  },
  '/wait-body': (req, res) => {
    req.on('data', () => {});
    req.on('end', () => res.end('whole'));
  },
  '/wait-unread': () => {},
  '/signal': (req, res) => {
    req.signal.addEventListener('abort', () => note(req, 'signal aborted'));
    res.end('signal');
  },
  '/signal-wait': (req) => {
    req.signal.addEventListener('abort', () => note(req, 'signal aborted'));
  },
  '/write-after-close': (req, res) => {
    res.on('close', () => {
      note(req, `write returned ${res.write('late', (error) => note(req, `callback ${error?.code}`))}`);
      res.end();
    });
  },

  // timeouts
  '/response-timeout': (req, res) => {
    res.setTimeout(20, () => {
      note(req, 'response timeout');
      res.statusCode = 503;
      res.end('timed out');
    });
  },
  '/request-timeout': (req, res) => {
    req.setTimeout(20, () => {
      note(req, 'request timeout');
      res.end('request timed out');
    });
  },
  '/socket-timeout': (req) => {
    req.socket.setTimeout(20);
  },
  '/timeout-cleared': async (req, res) => {
    req.socket.setTimeout(10);
    req.socket.setTimeout(0);
    await later(30);
    res.end('in time');
  },

  // the socket
  '/socket': (req, res) => {
    const { socket } = req;
    json(res, {
      isSocket: socket instanceof net.Socket,
      same: res.socket === socket && req.connection === socket && res.connection === socket,
      remoteFamily: typeof socket.remoteFamily,
      remoteAddress: String(socket.remoteAddress).replace('::ffff:', ''),
      remotePort: typeof socket.remotePort,
      localAddress: String(socket.localAddress).replace('::ffff:', ''),
      localPort: typeof socket.localPort,
      addressPort: socket.address().port === socket.localPort,
      encrypted: socket.encrypted,
      readable: socket.readable,
      writable: socket.writable,
      destroyed: socket.destroyed,
      connecting: socket.connecting,
      pending: socket.pending,
      readyState: socket.readyState,
      timeout: socket.timeout,
      message: socket._httpMessage === res,
      server: typeof socket.server.listen,
      listening: socket.server.listening,
      chained: [socket.setNoDelay(true), socket.setKeepAlive(true, 1000), socket.setTimeout(0), socket.ref(), socket.unref()].every(
        (value) => value === socket,
      ),
      writableLength: res.writableLength,
      highWaterMark: res.writableHighWaterMark === socket.writableHighWaterMark,
      bytes: [typeof socket.bytesRead, typeof socket.bytesWritten],
      constructor: [req.constructor.name, res.constructor.name],
    });
  },
  '/raw-response': (_req, res) => {
    res.socket.write('HTTP/1.1 299 Raw\r\nX-Raw: yes\r\nContent-Length: 3\r\nConnection: close\r\n\r\n');
    res.socket.end('raw');
  },
  '/socket-close': (req, res) => {
    res.setHeader('Connection', 'close');
    req.socket.on('close', (hadError) => note(req, `socket closed, error=${hadError}`));
    res.end('watching');
  },
};
