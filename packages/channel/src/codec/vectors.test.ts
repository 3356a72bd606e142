import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decode, encode, type Vector } from '../testing/vectors.ts';
import { FRAME } from './frame-types.ts';

// From dist/codec to the root of the repository.
const FILE = new URL('../../../../proto/vectors/channel-v1.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: Vector[] };

for (const { name, hex, batch, shows } of vectors) {
  test(`the example "${name}" reads and writes as it did when version 1 was released: ${shows}`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(decode(Buffer.from(hex, 'hex')))), batch);
    assert.equal(encode(batch).toString('hex'), hex);
  });
}

test('there is an example of every frame', () => {
  const shown = new Set(vectors.flatMap(({ batch }) => ('frames' in batch ? batch.frames.map(({ type }) => type) : Object.keys(batch))));
  assert.deepEqual([...shown].sort(), Object.keys(FRAME).sort());
});
