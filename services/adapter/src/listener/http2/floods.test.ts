import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CODES, until } from '@baton/core';
import { type Harness, startAdapter } from '../../testing/harness.ts';
import { Http2TestClient, readAnswer } from '../../testing/http2-client.ts';
import { FRAME, field, frame, integer, RawHttp2Client } from '../../testing/raw-http2-client.ts';

const ENHANCE_YOUR_CALM = 11;
const PROTOCOL_ERROR = 1;
const INTERNAL_ERROR = 2;

/** What a client does that costs the adapter more than itself; the connection has to end, and nobody else may notice. */
interface Attack {
  readonly title: string;
  /** Codes of GOAWAY with which the connection may end; -1: it is cut. */
  readonly codes: readonly number[];
  readonly send: (client: RawHttp2Client) => Promise<void> | void;
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Writes in blocks until the server has ended the connection, or `most` blocks were written. */
async function flood(client: RawHttp2Client, most: number, block: (n: number) => Buffer): Promise<void> {
  for (let n = 0; n < most && !client.raw.hasEnded; n++) {
    client.send(block(n));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const ATTACKS: readonly Attack[] = [
  {
    title: 'rapid reset: requests that are taken back at once (CVE-2023-44487)',
    codes: [ENHANCE_YOUR_CALM, INTERNAL_ERROR],
    send: (client) =>
      flood(client, 400, (n) =>
        Buffer.concat(
          Array.from({ length: 10 }, (_, i) => {
            const stream = 1 + 2 * (n * 10 + i);
            return Buffer.concat([client.request(stream), client.reset(stream)]);
          }),
        ),
      ),
  },
  {
    title: 'rapid reset, each a moment after its request reached a worker',
    codes: [ENHANCE_YOUR_CALM],
    send: async (client) => {
      for (let n = 0; n < 600 && !client.raw.hasEnded; n++) {
        client.send(client.request(1 + 2 * n));
        await new Promise((resolve) => setTimeout(resolve, 1));
        client.send(client.reset(1 + 2 * n));
      }
    },
  },
  {
    title: 'CONTINUATION without an end (CVE-2024-27983)',
    codes: [ENHANCE_YOUR_CALM, PROTOCOL_ERROR, INTERNAL_ERROR, -1],
    send: (client) => {
      client.send(frame(FRAME.headers, 1, 1, field(':method', 'GET')));
      return flood(client, 4_000, (n) => frame(FRAME.continuation, 0, 1, field(`x-${n}`, 'y'.repeat(4_000))));
    },
  },
  {
    title: 'CONTINUATION frames that hold nothing',
    codes: [ENHANCE_YOUR_CALM, PROTOCOL_ERROR, INTERNAL_ERROR, -1],
    send: (client) => {
      client.send(frame(FRAME.headers, 1, 1, field(':method', 'GET')));
      return flood(client, 4_000, () => frame(FRAME.continuation, 0, 1));
    },
  },
  {
    title: 'an HPACK bomb: one large field that is named again and again',
    codes: [ENHANCE_YOUR_CALM, INTERNAL_ERROR, -1],
    send: (client) => {
      const large = Buffer.concat([
        Buffer.from([0x40]),
        integer(0, 7, 1),
        Buffer.from('b'),
        integer(0, 7, 4_000),
        Buffer.alloc(4_000, 'v'),
      ]);
      const pseudo = Buffer.concat([
        field(':method', 'GET'),
        field(':scheme', 'http'),
        field(':path', '/'),
        field(':authority', 'shop.example'),
      ]);
      client.send(frame(FRAME.headers, 5, 1, Buffer.concat([pseudo, large])));
      const names = Buffer.alloc(12_000, 0x80 | 62);
      return flood(client, 400, (n) => frame(FRAME.headers, 5, 3 + 2 * n, Buffer.concat([pseudo, names])));
    },
  },
  {
    title: 'SETTINGS that all want an acknowledgement (CVE-2019-9515)',
    codes: [ENHANCE_YOUR_CALM, INTERNAL_ERROR],
    send: (client) => flood(client, 200, () => Buffer.concat(Array.from({ length: 10 }, () => frame(FRAME.settings, 0, 0)))),
  },
  {
    title: 'PING that all want an answer (CVE-2019-9512)',
    codes: [ENHANCE_YOUR_CALM, INTERNAL_ERROR],
    send: (client) => flood(client, 200, () => Buffer.concat(Array.from({ length: 100 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))))),
  },
  {
    title: 'DATA of one byte',
    codes: [ENHANCE_YOUR_CALM],
    send: (client) => {
      client.send(client.request(1, { method: 'POST', isOpen: true }));
      const part = frame(FRAME.data, 0, 1, 'x');
      return flood(client, 400, () => Buffer.concat(Array.from({ length: 100 }, () => part)));
    },
  },
  {
    title: 'DATA of no byte',
    codes: [ENHANCE_YOUR_CALM, INTERNAL_ERROR, -1],
    send: (client) => {
      client.send(client.request(1, { method: 'POST', isOpen: true }));
      const part = frame(FRAME.data, 0, 1);
      return flood(client, 400, () => Buffer.concat(Array.from({ length: 100 }, () => part)));
    },
  },
  {
    title: 'windows that nobody waits for',
    codes: [ENHANCE_YOUR_CALM],
    send: (client) =>
      flood(client, 2_000, () => Buffer.concat(Array.from({ length: 50 }, () => frame(FRAME.windowUpdate, 0, 0, uint32(1))))),
  },
  {
    title: 'frames of a type that nobody knows',
    codes: [ENHANCE_YOUR_CALM],
    send: (client) => flood(client, 200, () => frame(0x5a, 0, 0, Buffer.alloc(8_192))),
  },
  {
    title: 'streams beyond those that are allowed at once',
    codes: [ENHANCE_YOUR_CALM, PROTOCOL_ERROR, INTERNAL_ERROR, -1],
    send: (client) => flood(client, 2_000, (n) => client.request(1 + 2 * n, { method: 'POST', isOpen: true })),
  },
  {
    title: 'frames that are none: windows of zero (CVE-2025-8671, made to reset)',
    codes: [ENHANCE_YOUR_CALM, PROTOCOL_ERROR, INTERNAL_ERROR, -1],
    send: (client) =>
      flood(client, 4_000, (n) =>
        Buffer.concat([client.request(1 + 2 * n, { method: 'POST', isOpen: true }), frame(FRAME.windowUpdate, 0, 1 + 2 * n, uint32(0))]),
      ),
  },
];

/** Somebody else's request on a connection of its own is answered at once. */
async function isServing({ port }: Harness): Promise<void> {
  await using other = await Http2TestClient.connect(`http://127.0.0.1:${port}`);
  const { body } = await readAnswer(other.get('/other'));
  assert.equal(body, 'other');
}

describe('a connection of HTTP/2 is ended', { timeout: 120_000 }, () => {
  for (const { title, codes, send } of ATTACKS) {
    it(`for ${title}, and the others live`, async () => {
      await using harness = await startAdapter();
      harness.worker.onOpen = (stream) => {
        if (stream.head.url === '/other') setImmediate(() => stream.answer('other'));
      };
      await using bystander = await Http2TestClient.connect(`http://127.0.0.1:${harness.port}`);
      await using client = await RawHttp2Client.connect(harness.port);
      await send(client);
      const code = await client.ended();
      assert.ok(codes.includes(code), `the connection ended with ${code}`);
      await isServing(harness);
      assert.equal((await readAnswer(bystander.get('/other'))).body, 'other');
      const [listener] = harness.adapter.listeners.all();
      const faults = [...listener!.faults.values()].reduce((sum, count) => sum + count, 0);
      assert.ok(faults >= 1, 'the end of the connection is not counted');
      if (code === ENHANCE_YOUR_CALM) assert.ok((listener!.faults.get(CODES.HTTP2_ABUSE.status) ?? 0) >= 1);
      await until(() => harness.worker.openStreams.length === 0, 5_000, 'the worker to be rid of the requests of the connection', 5);
    });
  }
});

describe('a connection of HTTP/2', () => {
  it('may open 128 streams at once', async () => {
    await using harness = await startAdapter();
    await using client = await RawHttp2Client.connect(harness.port);
    const settings = await client.until(({ type, flags }) => type === FRAME.settings && flags === 0);
    const pairs = Array.from({ length: settings.payload.length / 6 }, (_, i) => [
      settings.payload.readUInt16BE(i * 6),
      settings.payload.readUInt32BE(i * 6 + 2),
    ]);
    assert.equal(new Map(pairs as [number, number][]).get(3), 128);
    for (let n = 0; n < 128; n++) client.send(client.request(1 + 2 * n));
    await harness.worker.request(128);
    assert.equal(harness.worker.openStreams.length, 128);
    client.send(client.request(257));
    assert.equal(await client.ended(), PROTOCOL_ERROR);
    await until(() => harness.worker.openStreams.length === 0, 5_000, 'the worker to hear of it', 5);
  });

  it('is left alone by the limits when it pings, takes back and sends small pieces in measure', async () => {
    await using harness = await startAdapter();
    await using client = await RawHttp2Client.connect(harness.port);
    for (let n = 0; n < 100; n++) client.send(client.request(1 + 2 * n), client.reset(1 + 2 * n), frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
    client.send(client.request(201, { method: 'POST', path: '/small', isOpen: true }));
    for (let n = 0; n < 2_000; n++) client.send(frame(FRAME.data, 0, 201, 'x'));
    client.send(frame(FRAME.data, 1, 201, 'y'));
    harness.worker.onOpen = (stream) => void setImmediate(() => stream.answer('small'));
    const head = await client.until(({ type, stream }) => type === FRAME.headers && stream === 201);
    assert.equal(head.flags & 4, 4);
  });
});
