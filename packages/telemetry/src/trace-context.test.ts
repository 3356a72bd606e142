import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTraceparent, newSpanId, newTrace, parseTraceparent } from './index.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('a traceparent is read as W3C says, and written again', () => {
  assert.deepEqual(parseTraceparent(`00-${TRACE}-${SPAN}-01`), { traceId: TRACE, spanId: SPAN, isSampled: true });
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.isSampled, false);
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-03`)?.isSampled, true, 'other flags do not matter');
  assert.equal(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`)?.traceId, TRACE, 'a later version');
  const trace = newTrace();
  assert.deepEqual(parseTraceparent(formatTraceparent(trace)), trace);
});

test('what is no traceparent begins a new trace', () => {
  const bad = [
    '',
    'x',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
  ];
  for (const text of bad) assert.equal(parseTraceparent(text), undefined, text);
});

test('ids are unique and of the right length', () => {
  const ids = new Set(Array.from({ length: 10_000 }, newSpanId));
  assert.equal(ids.size, 10_000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/);
});
