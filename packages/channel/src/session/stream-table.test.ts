import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StreamTable } from './stream-table.ts';

interface Entry {
  readonly id: number;
}

test('the table keeps what was added and not removed, like a Map, whatever the order', () => {
  const steps = fc.array(fc.oneof(fc.constant('open' as const), fc.nat(1_000)), { maxLength: 400 });
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 0xffff_ff00), (list, firstId) => {
      const adapter = new StreamTable<Entry>(1_000);
      const worker = new StreamTable<Entry>(1_000);
      const model = new Map<number, Entry>();
      adapter.lastId = firstId;
      for (const step of list) {
        if (step === 'open') {
          const entry = { id: adapter.nextId() };
          assert.ok(!model.has(entry.id) && entry.id !== 0);
          adapter.add(entry);
          worker.add(entry);
          model.set(entry.id, entry);
        } else {
          const entry = [...model.values()][step % Math.max(1, model.size)];
          if (!entry) continue;
          model.delete(entry.id);
          adapter.remove(entry);
          worker.remove(entry);
          assert.ok(adapter.wasUsed(entry.id));
        }
      }
      for (const table of [adapter, worker]) {
        assert.equal(table.size, model.size);
        assert.equal(table.all().length, model.size);
        for (const [id, entry] of model) assert.equal(table.get(id), entry);
      }
    }),
  );
});

test('an id that was not given out is not known, also across the wrap of 32 bits', () => {
  const table = new StreamTable<Entry>(10);
  table.lastId = 0xffff_fffe;
  assert.ok(table.wasUsed(0xffff_fffe));
  assert.ok(!table.wasUsed(0xffff_ffff));
  assert.equal(table.nextId(), 0xffff_ffff);
  table.add({ id: 0xffff_ffff });
  assert.equal(table.nextId(), 1);
  assert.ok(table.wasUsed(0xffff_ffff));
  assert.ok(!table.wasUsed(2));
  assert.ok(!table.wasUsed(0));
});

test('ids chosen to collide are refused before the table grows without bound', () => {
  const table = new StreamTable<Entry>(10);
  table.add({ id: 1 });
  assert.throws(() => table.add({ id: 1 + 2 ** 20 }), { code: 'CHANNEL_PROTOCOL' });
});
