import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SAMPLING, HeadSampler, newTraceId } from './index.ts';

const parent = (traceId: string, flags: '00' | '01') => `00-${traceId}-00f067aa0ba902b7-${flags}`;
const sampledOf = (sampler: HeadSampler, count: number, header?: () => string) =>
  Array.from({ length: count }, () => sampler.sample(header?.())).filter((start) => start !== undefined).length;

test('about one request of a hundred is traced when nobody says anything', () => {
  const count = sampledOf(new HeadSampler(DEFAULT_SAMPLING), 200_000);
  assert.ok(count > 1_750 && count < 2_250, `${count} of 200,000`);
});

test('all or none are traced when that is asked for', () => {
  assert.equal(sampledOf(new HeadSampler({ ratio: 1, isParentBased: true }), 1_000), 1_000);
  assert.equal(sampledOf(new HeadSampler({ ratio: 0, isParentBased: true }), 1_000), 0);
});

test('what the client decided counts', () => {
  const traceId = newTraceId();
  const sampler = new HeadSampler({ ratio: 0, isParentBased: true });
  assert.deepEqual(sampler.sample(parent(traceId, '01')), { traceId, parentSpanId: '00f067aa0ba902b7' });
  assert.equal(sampler.sample(parent(traceId, '00')), undefined);
  assert.equal(
    sampledOf(new HeadSampler({ ratio: 1, isParentBased: true }), 100, () => parent(newTraceId(), '00')),
    0,
  );
});

test('without regard to the client the id of its trace decides, the same everywhere', () => {
  const [one, other] = [0, 1].map(() => new HeadSampler({ ratio: 0.5, isParentBased: false }));
  let sampled = 0;
  for (let i = 0; i < 2_000; i++) {
    const header = parent(newTraceId(), '00');
    const start = one!.sample(header);
    assert.deepEqual(other!.sample(header), start);
    if (start) sampled++;
  }
  assert.ok(sampled > 850 && sampled < 1_150, `${sampled} of 2,000`);
});

test('a traceparent that is none counts as missing', () => {
  assert.deepEqual(new HeadSampler({ ratio: 1, isParentBased: true }).sample('nonsense'), { traceId: undefined, parentSpanId: undefined });
  assert.equal(new HeadSampler({ ratio: 0, isParentBased: true }).sample('nonsense'), undefined);
});
