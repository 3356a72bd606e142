import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestHead } from '../testing/requests.ts';
import type { RequestHead } from '../types.ts';
import { BatchWriter } from './batch-writer.ts';
import { BATCH_HEADER_BYTES, FRAME_HEADER_BYTES } from './frame-types.ts';
import { packetOf, unwrapPacket } from './packet.ts';
import { readOpenHead, writeOpen } from './request-head.ts';

const LIMIT = 1 << 20;
const PAYLOAD = BATCH_HEADER_BYTES + FRAME_HEADER_BYTES;

/** A head with every kind of part, written in one way (400 characters) or the other (600). */
const head = (padding: number, given: Partial<RequestHead> = {}): RequestHead =>
  requestHead({ url: '/caf\xe9', headers: ['X-Last', '', 'X-Pad', 'p'.repeat(padding)], ...given });
const SHORT = 400;
const LONG = 600;

const partsOf = (given: RequestHead): string[] => [
  given.method,
  given.url,
  given.appKey,
  given.remoteAddress,
  given.localAddress,
  ...given.headers,
];

test('a head of any length is its parts joined with NUL', () => {
  for (let padding = SHORT; padding <= LONG; padding++) {
    const sent = head(padding);
    const writer = new BatchWriter();
    assert.equal(writeOpen(writer, 7, sent, true, LIMIT), true);
    const batch = unwrapPacket(packetOf(writer.take(1, 0)));
    assert.equal(batch.toString('latin1', PAYLOAD + 9), partsOf(sent).join('\0'));
    assert.deepEqual(partsOf(readOpenHead(batch, PAYLOAD, batch.length)), partsOf(sent));
  }
});

test('a NUL or a character beyond latin-1 in any part of a head of any length is refused, and nothing written', () => {
  const writer = new BatchWriter();
  for (const padding of [SHORT, LONG])
    for (const bad of ['\0', 'a\0', '\u0100', 'b\u20ac'])
      for (const part of ['method', 'url', 'appKey', 'remoteAddress', 'localAddress', 0, 1, 2, 3]) {
        const whole = head(padding);
        const given =
          typeof part === 'string' ? { [part]: bad } : { headers: whole.headers.map((text, i) => (i === part ? bad + text : text)) };
        const before = writer.bytes;
        assert.equal(writeOpen(writer, 7, { ...whole, ...given }, true, LIMIT), false, `${JSON.stringify(bad)} in ${part}`);
        assert.equal(writer.bytes, before);
        assert.equal(writeOpen(writer, 7, whole, true, LIMIT), true);
      }
});

test('half a header and a head that is too large are refused, and nothing written', () => {
  const writer = new BatchWriter();
  for (const padding of [SHORT, LONG]) {
    const whole = head(padding);
    const bytes = 9 + partsOf(whole).join('\0').length;
    assert.equal(writeOpen(writer, 7, { ...whole, headers: [...whole.headers, 'X-Half'] }, true, LIMIT), false);
    assert.equal(writeOpen(writer, 7, whole, true, bytes - 1), false);
    assert.ok(writer.isEmpty);
    assert.equal(writeOpen(writer, 7, whole, true, bytes), true);
    writer.take(1, 0);
  }
});
