import assert from 'node:assert/strict';
import { readHandshake } from '../codec/handshake.ts';
import type { RefusalReason } from '../identity/refusal.ts';
import { type Attempt, MARKER } from './acl-stage.ts';

/** Nothing of the other pool is in what he got, and nothing that says what was wrong. */
export function assertNothing({ bytes, batches }: Attempt, reason: RefusalReason): void {
  assert.ok(!bytes.includes(MARKER), 'a byte of the other pool came');
  assert.ok(!bytes.toString('latin1').includes('shop'), 'the other pool is named');
  // A peer whose bytes are no message gets no answer over gRPC: the call was ended by grpc-js.
  for (const batch of batches) {
    const answer = readHandshake(batch);
    assert.ok(answer.type === 'refuse', answer.type);
    if (reason === 'malformed' || reason === 'version' || reason === 'unknown-session') continue;
    assert.deepEqual(
      [answer.refuse.code, answer.refuse.message],
      ['CHANNEL_IDENTITY', 'this worker is not let in; the log of the adapter says why'],
    );
  }
  assert.ok(batches.length <= 1, `${batches.length} batches came`);
}
