import { cut, group, single } from '../case.ts';
import { binary, close, frame, more, OP, ping, text } from '../frame.ts';
import { describe } from '../reader.ts';

const { cases, add } = group('framing');
const LENGTH = '6455, 5.2';
const MASK = '6455, 5.3';
const FAILED = '101, close 1002, end';
const echoed = (kind: 'text' | 'binary', payload: string | Buffer): string => `101, ${kind}${describe(payload)}, close 1000, end`;

for (const length of [
  0,
  1,
  2,
  124,
  125,
  126,
  127,
  128,
  255,
  256,
  1_000,
  65_534,
  65_535,
  65_536,
  65_537,
  262_143,
  262_145,
  1 << 20,
  4 << 20,
]) {
  const payload = Buffer.alloc(length, length & 255);
  add(LENGTH, `binary of ${length} bytes`, [binary(payload)], echoed('binary', payload), { app: 1000 });
}
for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 300_000]) {
  const payload = 'ä'.repeat(length >> 1) + 'x'.repeat(length & 1);
  add(LENGTH, `text of ${length} bytes`, [text(payload)], echoed('text', payload));
}
for (const [title, lengthBytes, payload] of [
  ['5 bytes with a length of 2 bytes', 2, 'short'],
  ['5 bytes with a length of 8 bytes', 8, 'short'],
  ['126 bytes with a length of 8 bytes', 8, 'x'.repeat(126)],
] as const)
  add(LENGTH, `${title}, which is not the shortest form`, [text(payload, { lengthBytes })], [echoed('text', payload), FAILED]);
add(LENGTH, 'a length with its first bit set', [Buffer.from('82ff80000000000000000000000011', 'hex')], ['101, close 1009, end', FAILED]);
add(LENGTH, 'a length beyond 2^53', [Buffer.from('82ff00ffffffffffffff00000000aa', 'hex')], ['101, close 1009, end', FAILED]);

add(LENGTH, 'a frame byte by byte', single(text('byte by byte')), echoed('text', 'byte by byte'));
add(LENGTH, 'a frame with a long length byte by byte', single(binary(Buffer.alloc(130, 7))), echoed('binary', Buffer.alloc(130, 7)));
for (const [title, at] of [
  ['behind its first byte', 1],
  ['within its length', 3],
  ['within its mask', 6],
  ['within its payload', 50],
] as const)
  add(LENGTH, `a frame cut ${title}`, cut(binary(Buffer.alloc(200, 3)), at), echoed('binary', Buffer.alloc(200, 3)));
add(LENGTH, 'two frames in one packet', [Buffer.concat([text('one'), text('two')])], '101, text one, text two, close 1000, end');
add(
  LENGTH,
  'a hundred frames in one packet',
  [Buffer.concat(Array.from({ length: 100 }, (_, index) => text(`m${index}`)))],
  `101, ${Array.from({ length: 100 }, (_, index) => `text m${index}`).join(', ')}, close 1000, end`,
);
add(
  LENGTH,
  'a frame and half of the next in one packet',
  [Buffer.concat([text('one'), text('two').subarray(0, 5)]), text('two').subarray(5)],
  '101, text one, text two, close 1000, end',
);
add(
  LENGTH,
  'a thousand messages',
  Array.from({ length: 1_000 }, (_, index) => text(`${index}`)),
  `101, ${Array.from({ length: 1_000 }, (_, index) => `text ${index}`).join(', ')}, close 1000, end`,
);

for (const [title, opcode] of [
  ['text', OP.text],
  ['binary', OP.binary],
  ['continuation', OP.continuation],
  ['ping', OP.ping],
  ['pong', OP.pong],
  ['close', OP.close],
] as const)
  add(
    '6455, 5.1',
    `${title} that is not masked`,
    [frame(opcode, opcode === OP.close ? Buffer.from([3, 232]) : 'bare', { mask: undefined })],
    FAILED,
  );
for (const mask of [
  [0, 0, 0, 0],
  [255, 255, 255, 255],
  [0, 1, 2, 3],
] as const)
  add(MASK, `mask ${mask.join(' ')}`, [text('masked', { mask })], echoed('text', 'masked'));
add(
  MASK,
  'masks that differ between frames',
  [text('a', { mask: [1, 2, 3, 4] }), text('b', { mask: [9, 8, 7, 6] })],
  '101, text a, text b, close 1000, end',
);

for (const rsv of [1, 2, 3, 4, 5, 6, 7])
  add(LENGTH, `reserved bits ${rsv.toString(2).padStart(3, '0')} of text`, [text('reserved', { rsv })], FAILED);
for (const [title, bytes] of [
  ['binary', binary('x', { rsv: 2 })],
  ['ping', ping('x', { rsv: 4 })],
  ['close', close(1000, '', { rsv: 1 })],
  ['pong', frame(OP.pong, 'x', { rsv: 4 })],
] as const)
  add(LENGTH, `a reserved bit of ${title}`, [bytes], FAILED);
add(LENGTH, 'a reserved bit of a continuation', [text('a', { fin: false }), more('b', { rsv: 4 })], FAILED);
for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) add('6455, 11.8', `reserved opcode ${opcode}`, [frame(opcode, 'x')], FAILED);
add('6455, 11.8', 'a reserved opcode behind a good message', [text('good'), frame(3, 'x')], '101, text good, close 1002, end');
add('6455, 7.1.7', 'what follows a violation is not read', [frame(3, 'x'), text('late')], FAILED);

export const framing = cases;
