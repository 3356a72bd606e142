import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from './line-splitter.ts';

test('however the bytes are cut into chunks, the lines are the same', () => {
  const text = fc
    .array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom('\n', '\r\n', '☃', '😀')))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat(7), { minLength: 1 }), (whole, sizes) => {
      assert.deepEqual(linesOf(Buffer.from(whole), sizes, 1_000), linesOf(Buffer.from(whole), [whole.length * 4 + 1], 1_000));
    }),
  );
});

test('any bytes at all give well-formed lines of bounded length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.array(fc.nat(9), { minLength: 1 }), (bytes, sizes) => {
      for (const line of linesOf(Buffer.from(bytes), sizes, 10)) {
        assert.ok(line.isWellFormed());
        assert.ok(line.length <= 10 + ' … (cut at 10 characters)'.length);
        assert.ok(!line.includes('\n'));
      }
    }),
  );
});

test('empty lines are left out, CRLF is one end, and the last line needs none', () => {
  assert.deepEqual(linesOf(Buffer.from('a\r\n\n\r\nb\nc'), [100], 100), ['a', 'b', 'c']);
});

test('a line beyond the limit is cut and the next one is whole again', () => {
  assert.deepEqual(linesOf(Buffer.from(`${'x'.repeat(50)}\nshort\n`), [7], 10), [`${'x'.repeat(10)} … (cut at 10 characters)`, 'short']);
});

function linesOf(bytes: Buffer, sizes: readonly number[], maxChars: number): string[] {
  const splitter = new LineSplitter(maxChars);
  const lines: string[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const end = start + Math.max(1, sizes[turn % sizes.length] ?? 1);
    lines.push(...splitter.push(bytes.subarray(start, end)));
    start = end;
  }
  return [...lines, ...splitter.end()];
}
