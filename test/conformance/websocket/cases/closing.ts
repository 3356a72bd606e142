import { group, single } from '../case.ts';
import { close, frame, OP, ping, text } from '../frame.ts';
import { describe } from '../reader.ts';

const { cases, add } = group('close');
const CODES = '6455, 7.4';
const CLOSE = '6455, 5.5.1';
const FAILED = '101, close 1002, end';

for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
  add(CODES, `${code} is answered with itself`, [close(code)], `101, close ${code}, end`, { app: code });
for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
  add(CODES, `${code} may not be sent`, [close(code)], FAILED);
add(CLOSE, 'a close without a code', [close()], '101, close, end', { app: 1005 });
add(CLOSE, 'a close with half a code', [frame(OP.close, Buffer.from([3]))], FAILED);
add(CLOSE, 'a close with a reason', [close(1000, 'done')], '101, close 1000 done, end', { app: 1000 });
add(CLOSE, 'a close with a reason of 123 bytes', [close(4000, 'r'.repeat(123))], `101, close 4000 ${'r'.repeat(123)}, end`, { app: 4000 });
add(CLOSE, 'a close byte by byte', single(close(1001, 'slowly')), '101, close 1001 slowly, end', { app: 1001 });
add(CLOSE, 'a close in one packet with a message', [Buffer.concat([text('last'), close(1000)])], '101, text last, close 1000, end');
add('6455, 1.4', 'a message behind a close is not read', [close(1000), text('late')], '101, close 1000, end');
add('6455, 1.4', 'a ping behind a close is not answered', [Buffer.concat([close(1000), ping('late')])], '101, close 1000, end');
add('6455, 1.4', 'a second close', [Buffer.concat([close(1000), close(1001)])], '101, close 1000, end', { app: 1000 });
for (const code of [1000, 1001, 1011, 1012, 4000])
  add(CLOSE, `the app closes with ${code}`, [{ frames: 1 }], `101, close ${code}, end`, { path: `/close/${code}`, app: 1000 });
add(CLOSE, 'the app closes with a reason', [{ frames: 1 }], '101, close 4001 maintenance, end', { path: '/close/4001/maintenance' });
add(CLOSE, 'the app closes without a code', [{ frames: 1 }], '101, close, end', { path: '/close/' });
add('6455, 7.1.5', 'the app sends a hundred messages, then closes', [{ frames: 101 }], pushed(100, 10_000), { path: '/push' });
add('6455, 7.1.1', 'the app ends the connection without a close', [], '101, end', { path: '/terminate', app: 1006 });

add('6455, 7.1.5', 'a client that reads slowly gets 5 MB whole', [{ pauseMs: 300 }, { frames: 51 }], pushed(50, 100_000), {
  path: '/flood',
});

const FIN = '6455, 7.2.1';
add(FIN, 'the client ends its half without a close', [text('a'), { frames: 1 }, 'fin'], '101, text a, end', { closes: false, app: 1006 });
add(FIN, 'the client ends its half at once', ['fin'], '101, end', { closes: false, app: 1006 });
add(FIN, 'the client ends its half within the head of a frame', [text('cut').subarray(0, 3), 'fin'], '101, end', {
  closes: false,
  app: 1006,
});
add(FIN, 'the client ends its half within a payload', [text('cut off').subarray(0, 9), 'fin'], '101, end', { closes: false, app: 1006 });
add(FIN, 'the client ends its half between two parts', [text('a', { fin: false }), 'fin'], '101, end', { closes: false, app: 1006 });
add(FIN, 'the client ends its half behind a message, whose echo still comes', [text('last'), 'fin'], '101, text last, end', {
  closes: false,
  app: 1006,
});
add(FIN, 'the client ends its half behind its close', [close(1000), 'fin'], '101, close 1000, end', { closes: false, app: 1000 });
add(
  FIN,
  'the client sends everything in one packet and ends its half',
  [Buffer.concat([text('all'), close(1000)]), 'fin'],
  '101, text all, close 1000, end',
  { closes: false, handshake: 'glued', app: 1000 },
);
add(FIN, 'the client ends its half before an answer that is late', ['fin'], ['end', '101, end'], { closes: false, path: '/late' });
add(FIN, 'the client resets the connection', [text('a'), { frames: 1 }, 'reset'], '101, text a, end', { closes: false, app: 1006 });
add(FIN, 'the client resets within a frame', [text('a'), { frames: 1 }, text('cut').subarray(0, 4), 'reset'], '101, text a, end', {
  closes: false,
  app: 1006,
});

export const closing = cases;

function pushed(count: number, bytes: number): string {
  return `101, ${Array.from({ length: count }, (_, index) => `binary${describe(Buffer.alloc(bytes, index))}`).join(', ')}, close 1000, end`;
}
