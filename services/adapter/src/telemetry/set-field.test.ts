import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setField } from './set-field.ts';

test('a field gets one value, whatever was there', () => {
  const set = (...headers: string[]) => {
    setField(headers, 'traceparent', 'new');
    return headers;
  };
  assert.deepEqual(set('Host', 'a'), ['Host', 'a', 'traceparent', 'new']);
  assert.deepEqual(set('TraceParent', 'old', 'Host', 'a'), ['TraceParent', 'new', 'Host', 'a']);
  assert.deepEqual(set('traceparent', '1', 'a', 'traceparent', 'Traceparent', '2', 'TRACEPARENT', '3'), [
    'traceparent',
    'new',
    'a',
    'traceparent',
  ]);
});
