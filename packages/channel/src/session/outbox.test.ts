import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { takeSlab } from '../codec/slab.ts';
import { Outbox } from './outbox.ts';

test('the outbox keeps exactly what was sent and not acknowledged, in order', () => {
  const steps = fc.array(fc.oneof(fc.constant('keep' as const), fc.nat(3_000)), { maxLength: 3_000, size: 'max' });
  fc.assert(
    fc.property(steps, (list) => {
      const outbox = new Outbox();
      const slab = takeSlab(0);
      for (const step of list) {
        if (step === 'keep') {
          slab.users++;
          outbox.keep(Buffer.from(String(outbox.last + 1)), slab);
        } else if (step <= outbox.last) outbox.ack(step);
        else assert.throws(() => outbox.ack(step), { code: 'CHANNEL_PROTOCOL' });
      }
      const kept = outbox.kept().map(String);
      assert.deepEqual(
        kept,
        Array.from({ length: outbox.last - outbox.acked }, (_, index) => String(outbox.acked + 1 + index)),
      );
      assert.equal(slab.users, 1 + kept.length);
      assert.equal(outbox.bytes, kept.join('').length);
      assert.ok(outbox.canResumeAfter(outbox.acked) && outbox.canResumeAfter(outbox.last));
      assert.ok(!outbox.canResumeAfter(outbox.last + 1) && !outbox.canResumeAfter(outbox.acked - 1));
    }),
  );
});
