import { group, single } from '../case.ts';
import { binary, close, frame, more, OP, ping, text } from '../frame.ts';
import { describe } from '../reader.ts';

const { cases, add } = group('fragments');
const PARTS = '6455, 5.4';
const CONTROL = '6455, 5.5';
const FAILED = '101, close 1002, end';
const part = { fin: false } as const;
const echo = (payload: string, before = ''): string => `101, ${before}text${describe(payload)}, close 1000, end`;

add(PARTS, 'text in two parts', [text('one ', part), more('two')], echo('one two'));
add(PARTS, 'binary in two parts', [binary('one ', part), more('two')], '101, binary one two, close 1000, end');
add(PARTS, 'text in three parts', [text('a', part), more('b', part), more('c')], echo('abc'));
add(PARTS, 'parts in one packet', [Buffer.concat([text('a', part), more('b', part), more('c')])], echo('abc'));
add(PARTS, 'parts byte by byte', single(Buffer.concat([text('a', part), more('b')])), echo('ab'));
add(PARTS, 'an empty first part', [text('', part), more('b')], echo('b'));
add(PARTS, 'an empty part in the middle', [text('a', part), more('', part), more('c')], echo('ac'));
add(PARTS, 'an empty last part', [text('a', part), more('')], echo('a'));
add(PARTS, 'empty parts only', [text('', part), more('', part), more('')], echo(''));
add(
  PARTS,
  'a hundred parts of one byte',
  [text('0', part), ...Array.from({ length: 98 }, () => more('0', part)), more('0')],
  echo('0'.repeat(100)),
);
add(
  PARTS,
  'a thousand parts',
  [text('', part), ...Array.from({ length: 998 }, () => more('0123456789', part)), more('')],
  echo('0123456789'.repeat(998)),
);
add(
  PARTS,
  'parts of 100,000 bytes',
  [binary(Buffer.alloc(100_000), part), more(Buffer.alloc(100_000), part), more(Buffer.alloc(100_000))],
  `101, binary${describe(Buffer.alloc(300_000))}, close 1000, end`,
);
add(PARTS, 'a ping between two parts', [text('a', part), ping('now'), more('b')], echo('ab', 'pong now, '));
add(
  PARTS,
  'a ping between all parts',
  [text('a', part), ping('1'), more('b', part), ping('2'), more('c')],
  echo('abc', 'pong 1, pong 2, '),
);
add(PARTS, 'a pong between two parts', [text('a', part), frame(OP.pong, 'x'), more('b')], echo('ab'));
add(
  PARTS,
  'a ping between two parts, byte by byte',
  single(Buffer.concat([text('a', part), ping('now'), more('b')])),
  echo('ab', 'pong now, '),
);
add(PARTS, 'a close between two parts', [text('a', part), close(1000)], '101, close 1000, end', { app: 1000 });
add(PARTS, 'a message behind one in parts', [text('a', part), more('b'), text('c')], '101, text ab, text c, close 1000, end');
add(PARTS, 'the app sends a message in parts', [{ frames: 3 }], echo('one two three'), { path: '/fragments' });
add(PARTS, 'text within a message in parts', [text('a', part), text('b')], FAILED);
add(PARTS, 'binary within a message in parts', [text('a', part), binary('b')], FAILED);
add(PARTS, 'another message in parts within one', [text('a', part), text('b', part)], FAILED);
add(PARTS, 'a continuation of nothing', [more('x')], FAILED);
add(PARTS, 'a continuation of nothing that goes on', [more('x', part)], FAILED);
add(PARTS, 'a continuation behind the last part', [text('a', part), more('b'), more('c')], '101, text ab, close 1002, end');
add(PARTS, 'a continuation behind a whole message', [text('a'), more('b')], '101, text a, close 1002, end');
for (const [title, opcode] of [
  ['ping', OP.ping],
  ['pong', OP.pong],
  ['close', OP.close],
] as const)
  add(CONTROL, `a ${title} in parts`, [frame(opcode, '', part)], FAILED);
add(CONTROL, 'a ping in parts, within a message', [text('a', part), ping('x', part)], FAILED);

const PING = '6455, 5.5.2';
add(PING, 'a ping without payload', [ping()], '101, pong, close 1000, end');
add(PING, 'a ping with one byte', [ping('x')], '101, pong x, close 1000, end');
add(PING, 'a ping with 125 bytes', [ping(Buffer.alloc(125, 0xfe))], `101, pong${describe(Buffer.alloc(125, 0xfe))}, close 1000, end`);
add(
  PING,
  'ten pings in order',
  Array.from({ length: 10 }, (_, index) => ping(`${index}`)),
  `101, ${Array.from({ length: 10 }, (_, index) => `pong ${index}`).join(', ')}, close 1000, end`,
);
add(PING, 'a ping before a message', [ping('p'), text('t')], '101, pong p, text t, close 1000, end');
add(PING, 'a ping byte by byte', single(ping('slowly')), '101, pong slowly, close 1000, end');
add('6455, 5.5.3', 'a pong that nobody asked for', [frame(OP.pong, 'x'), text('t')], '101, text t, close 1000, end');
add(
  '6455, 5.5.3',
  'the app pings and hears the pong',
  [{ frames: 1 }, frame(OP.pong, 'here'), { frames: 2 }],
  '101, ping are you there, text pong here, close 1000, end',
  { path: '/ping' },
);
for (const [title, opcode] of [
  ['ping', OP.ping],
  ['pong', OP.pong],
  ['close', OP.close],
] as const)
  for (const length of [126, 65_536]) add(CONTROL, `a ${title} with ${length} bytes`, [frame(opcode, Buffer.alloc(length, 3))], FAILED);

export const fragmentation = cases;
