import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineReader } from './line-reader.ts';
import { jobLine } from './messages.ts';

test('lines are the same however their bytes are cut', () => {
  const text = Buffer.from('{"a":"zwölf"}\n\n{"b":2}\nrest');
  for (let size = 1; size <= text.length; size++) {
    const reader = new LineReader(100);
    const lines: string[] = [];
    for (let at = 0; at < text.length; at += size) lines.push(...reader.read(text.subarray(at, at + size))!);
    assert.deepEqual(lines, ['{"a":"zwölf"}', '', '{"b":2}'], `cut every ${size} bytes`);
    assert.equal(reader.pending, 4);
  }
});

test('a line longer than the limit is refused, ended or not', () => {
  assert.equal(new LineReader(4).read(Buffer.from('12345\n')), undefined);
  assert.equal(new LineReader(4).read(Buffer.from('12345')), undefined);
  assert.deepEqual(new LineReader(4).read(Buffer.from('1234\n1234')), ['1234']);
});

test('a message is one line whatever it holds', () => {
  const line = jobLine({ type: 'log', row: 'one\ntwo\u2028three' });
  assert.equal(line.indexOf(10), line.length - 1);
  assert.deepEqual(JSON.parse(line.toString()), { type: 'log', row: 'one\ntwo\u2028three' });
});
