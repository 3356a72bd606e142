import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startTcp } from '../testing/tcp-harness.ts';
import { SIGNATURE } from './proxy-header.ts';

const TCP4 = Buffer.from([192, 0, 2, 7, 198, 51, 100, 1, 0xc0, 0x01, 0x01, 0xbb]);

function header(command: number, family: number, ...rest: Buffer[]): Buffer {
  const all = Buffer.concat(rest);
  return Buffer.concat([SIGNATURE, Buffer.from([command, family, all.length >> 8, all.length & 255]), all]);
}

const behindProxy = { application: { hasProxyProtocol: true } };

describe('a TCP port behind a proxy', () => {
  it('gives the app the addresses of the PROXY header, its fields, and no byte of it', async () => {
    await using h = await startTcp(behindProxy);
    const client = await h.client();
    client.send(Buffer.concat([header(0x21, 0x11, TCP4, Buffer.from([0xea, 0, 3, 1, 2, 3])), Buffer.from('hello')]));
    const stream = await h.worker.request();
    const { remoteAddress, remotePort, localAddress, localPort, headers } = stream.head;
    assert.deepEqual([remoteAddress, remotePort, localAddress, localPort], ['192.0.2.7', 49_153, '198.51.100.1', 443]);
    assert.deepEqual(headers, ['proxy-tlv-ea', 'AQID']);
    stream.sendHead(200, [], 'close').sendData('hi');
    await client.until('hi');
    client.send(' again');
    client.socket.end();
    stream.sendEnd();
    assert.equal(await client.closed(), '');
    assert.equal(stream.body, 'hello again');
  });

  it('takes a header that comes byte by byte', async () => {
    await using h = await startTcp(behindProxy);
    const client = await h.client();
    for (const byte of header(0x21, 0x11, TCP4)) {
      client.send(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal((await h.worker.request()).head.remoteAddress, '192.0.2.7');
  });

  it('keeps the addresses of the socket for a connection of the proxy itself', async () => {
    await using h = await startTcp(behindProxy);
    const client = await h.client();
    client.send(header(0x20, 0x00));
    const { head } = await h.worker.request();
    assert.deepEqual([head.remoteAddress, head.localPort], ['127.0.0.1', h.port]);
  });

  it('resets a connection without a header, counts it, and says why in the log', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'baton-tcp-'));
    try {
      const accessLog = join(directory, 'access.log');
      await using h = await startTcp({ ...behindProxy, accessLog });
      const client = await h.client();
      client.send('GET / HTTP/1.1\r\n\r\n');
      assert.equal(await client.closed(), 'ECONNRESET');
      assert.equal(h.listener.refusals.get('PROXY_HEADER_INVALID'), 1);
      assert.equal(h.worker.streams.length, 0);
      await h.accessLog!.flushed();
      const [line] = (await readFile(accessLog, 'utf8')).trim().split('\n');
      const { type, client: address, error, reason } = JSON.parse(line!);
      assert.deepEqual([type, address, error], ['connection', '127.0.0.1', 'PROXY_HEADER_INVALID']);
      assert.match(reason, /^not-proxy-v2: /);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('resets a connection whose header does not come within headersTimeout', async () => {
    await using h = await startTcp({ ...behindProxy, limits: { headersTimeoutMs: 200 } });
    const client = await h.client();
    client.send(SIGNATURE);
    assert.equal(await client.closed(), 'ECONNRESET');
    assert.equal(h.listener.refusals.get('HEADERS_TIMEOUT'), 1);
  });

  it('counts a client that closes within the header', async () => {
    await using h = await startTcp(behindProxy);
    const client = await h.client();
    client.socket.end(SIGNATURE);
    await client.closed();
    assert.equal(h.listener.refusals.get('PROXY_HEADER_INVALID'), 1);
  });
});

describe('the line of a TCP connection', () => {
  it('says everything an operator asks for', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'baton-tcp-'));
    try {
      const accessLog = join(directory, 'access.log');
      await using h = await startTcp({ accessLog });
      const client = await h.client();
      client.socket.end('abc');
      const stream = await h.worker.request();
      stream.sendHead(200, [], 'close').sendData('hello').sendEnd();
      await client.closed();
      await h.accessLog!.flushed();
      const [line] = (await readFile(accessLog, 'utf8')).trim().split('\n');
      const { time, durationMs, waitMs, clientPort, ...rest } = JSON.parse(line!);
      assert.deepEqual(rest, {
        ...{ type: 'connection', protocol: 'tcp', binding: 'tcp://*:0', client: '127.0.0.1', isEncrypted: false },
        ...{ bytesIn: 3, bytesOut: 5, pool: 'shop', app: 'shop', slot: 'shop/1', worker: 'w1', generation: 1, n: 2 },
      });
      assert.ok(Date.parse(time) > 0 && durationMs >= waitMs && clientPort > 0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
