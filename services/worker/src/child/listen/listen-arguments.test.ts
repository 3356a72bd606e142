import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readListenArguments } from './listen-arguments.ts';

const callback = (): void => {};

const CASES: readonly [string, unknown[], string][] = [
  ['nothing', [], '*:0'],
  ['a callback alone', [callback], '*:0'],
  ['a port', [3000], '*:3000'],
  ['a port as text', ['3000'], '*:3000'],
  ['a port and a host', [3000, '127.0.0.1', callback], '127.0.0.1:3000'],
  ['a port and a backlog', [3000, 511, callback], '*:3000'],
  ['options', [{ port: 3000, host: '::1' }], '::1:3000'],
  ['options with a port as text', [{ port: '3000' }], '*:3000'],
  ['options with an undefined port', [{ port: undefined }], '*:0'],
  ['a path', ['/run/app.sock'], '/run/app.sock'],
  ['a path in options', [{ path: '/run/app.sock' }], '/run/app.sock'],
];

for (const [title, args, text] of CASES) {
  test(`${title}: ${text}`, () => {
    const wish = readListenArguments(args);
    assert.equal(wish?.text, text);
    assert.equal(wish?.isOpen, false);
    assert.equal(wish?.callback, args.includes(callback) ? callback : undefined);
  });
}

test('an open descriptor or handle is left alone', () => {
  assert.equal(readListenArguments([{ fd: 3 }])?.isOpen, true);
});

test('wrong ports are left for Node to refuse', () => {
  for (const port of [-1, 65_536, 1.5, Number.NaN]) assert.equal(readListenArguments([port]), undefined, String(port));
});
