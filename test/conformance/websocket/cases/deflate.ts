import { constants, deflateRawSync } from 'node:zlib';
import { cut, group } from '../case.ts';
import { binary, close, more, ping, text } from '../frame.ts';
import { describe } from '../reader.ts';

const { cases, add } = group('deflate');
const MESSAGE = '7692, 7.2.1';
const FRAME = '7692, 6.1';
const LIMIT = '6455, 10.4';
const on = { path: '/deflate', fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } };
const ACCEPTED = '101 permessage-deflate;server_no_context_takeover';
const RSV1 = { rsv: 4 } as const;
const FAILED = `${ACCEPTED}, close 1002, end`;
const BROKEN = `${ACCEPTED}, close 1007, end`;

/** A message as RFC 7692, 7.2.1 has it: flushed, without the last four bytes. */
const pack = (payload: string | Buffer, level = 6): Buffer =>
  deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH, level }).subarray(0, -4);
const echo = (payload: string | Buffer, kind = 'text'): string => `${ACCEPTED}, ${kind} deflated${describe(payload)}, close 1000, end`;

for (const [title, payload] of [
  ['a short message', 'hello'],
  ['one byte', 'x'],
  ['a message that packs well', 'abc'.repeat(10_000)],
  ['a megabyte', 'z'.repeat(1 << 20)],
  ['text beyond ASCII', 'ä€𝄞'.repeat(100)],
] as const)
  add(MESSAGE, title, [text(pack(payload), RSV1)], echo(payload), on);
add(
  MESSAGE,
  'an empty message',
  [text(Buffer.from([0]), RSV1)],
  [`${ACCEPTED}, text deflated, close 1000, end`, `${ACCEPTED}, text, close 1000, end`],
  on,
);
add(MESSAGE, 'binary', [binary(pack(Buffer.alloc(5_000, 9)), RSV1)], echo(Buffer.alloc(5_000, 9), 'binary'), on);
add(MESSAGE, 'blocks that are stored', [text(pack('stored', 0), RSV1)], echo('stored'), on);
add(MESSAGE, 'a message that is not packed', [text('plain')], echo('plain'), on);
add(
  MESSAGE,
  'packed and plain in turn',
  [text(pack('a'), RSV1), text('b'), text(pack('c'), RSV1)],
  `101 permessage-deflate;client_no_context_takeover;server_no_context_takeover, text deflated a, text deflated b, text deflated c, close 1000, end`,
  {
    ...on,
    fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_no_context_takeover' },
  },
);
const packed = pack('in several parts, '.repeat(50));
add(
  FRAME,
  'a packed message in three parts',
  [text(packed.subarray(0, 5), { fin: false, ...RSV1 }), more(packed.subarray(5, 20), { fin: false }), more(packed.subarray(20))],
  echo('in several parts, '.repeat(50)),
  on,
);
add(
  FRAME,
  'a ping between two packed parts',
  [text(packed.subarray(0, 5), { fin: false, ...RSV1 }), ping('now'), more(packed.subarray(5))],
  `${ACCEPTED}, pong now, text deflated${describe('in several parts, '.repeat(50))}, close 1000, end`,
  on,
);
add(FRAME, 'a packed message cut by packets', cut(text(packed, RSV1), 9), echo('in several parts, '.repeat(50)), on);
add(FRAME, 'RSV1 on a continuation', [text(packed.subarray(0, 5), { fin: false, ...RSV1 }), more(packed.subarray(5), RSV1)], FAILED, on);
add(FRAME, 'RSV1 on a ping', [ping('x', RSV1)], FAILED, on);
add(FRAME, 'RSV1 on a close', [close(1000, '', RSV1)], FAILED, on);
add(FRAME, 'RSV2 beside the extension', [text('x', { rsv: 2 })], FAILED, on);
add(FRAME, 'RSV1 and RSV3', [text(pack('x'), { rsv: 5 })], FAILED, on);
add('7692, 7.2.2', 'bytes that are no deflate', [text(Buffer.from('ffffffff', 'hex'), RSV1)], BROKEN, on);
add('6455, 8.1', 'packed text that is no UTF-8', [text(pack(Buffer.from([0xff, 0xfe])), RSV1)], BROKEN, on);

const SMALL = { path: '/small' };
const TOO_BIG = '101, close 1009, end';
add(
  LIMIT,
  'a message as large as the app takes',
  [binary(Buffer.alloc(1_024, 1))],
  `101, binary${describe(Buffer.alloc(1_024, 1))}, close 1000, end`,
  SMALL,
);
add(LIMIT, 'a message larger than the app takes', [binary(Buffer.alloc(1_025, 1))], TOO_BIG, SMALL);
add(LIMIT, 'a head that announces more than the app takes', [Buffer.from('82ff000000000fffffff00000000', 'hex')], TOO_BIG, SMALL);
add(LIMIT, 'parts that are too large together', [binary(Buffer.alloc(1_000), { fin: false }), more(Buffer.alloc(1_000))], TOO_BIG, SMALL);
add(
  LIMIT,
  'a packed message that unpacks to too much',
  [text(pack('z'.repeat(1 << 20)), RSV1)],
  '101 permessage-deflate, close 1009, end',
  { path: '/small-deflate', fields: on.fields },
);

export const deflate = cases;
