import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, inTrace, newTrace } from './index.ts';

test('log lines written in a trace say so, and those before, after and outside do not', () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('was', { level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const [outer, inner] = [newTrace(), newTrace()];
  log.info('before');
  inTrace(outer, () => {
    log.info({ slot: 'shop/1' }, 'in');
    assert.throws(() => inTrace(inner, () => assert.fail('out')));
    log.child({ worker: 'w1' }).info('in again');
  });
  log.info('after');
  assert.deepEqual(
    lines.map(({ msg, trace_id, span_id }) => [msg, trace_id, span_id]),
    [
      ['before', undefined, undefined],
      ['in', outer.traceId, outer.spanId],
      ['in again', outer.traceId, outer.spanId],
      ['after', undefined, undefined],
    ],
  );
});
