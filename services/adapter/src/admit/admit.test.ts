import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_LIMITS, deadlineAfter, portLimits } from '@baton/adapter-kit';
import { addForwarded } from './forwarded.ts';
import { createRequestIds, isRequestIdSane } from './request-id.ts';

const facts = { remoteAddress: '10.1.1.1', proto: 'http', host: 'shop.example', port: 8080 } as const;

describe('x-forwarded fields', () => {
  it('are added to a request that has none', () => {
    assert.deepEqual(addForwarded(['Host', 'shop.example'], facts, false, false), [
      'Host',
      'shop.example',
      'x-forwarded-for',
      '10.1.1.1',
      'x-forwarded-proto',
      'http',
      'x-forwarded-host',
      'shop.example',
      'x-forwarded-port',
      '8080',
    ]);
  });

  it('say nothing of a host that was not named', () => {
    assert.ok(!addForwarded([], { ...facts, host: undefined }, false, false).includes('x-forwarded-host'));
  });

  it('replace what an untrusted client sent, in any spelling', () => {
    const headers = addForwarded(['X-FORWARDED-FOR', 'evil', 'A', 'b', 'x-Forwarded-Host', 'evil'], facts, true, false);
    assert.deepEqual(headers.slice(0, 4), ['A', 'b', 'x-forwarded-for', '10.1.1.1']);
    assert.ok(!headers.includes('evil'));
  });

  it('are kept from a trusted proxy, whose address is appended', () => {
    const headers = addForwarded(
      ['X-Forwarded-For', '1.1.1.1', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Port', '443'],
      facts,
      true,
      true,
    );
    assert.deepEqual(headers, [
      'x-forwarded-for',
      '1.1.1.1, 10.1.1.1',
      'x-forwarded-proto',
      'https',
      'x-forwarded-host',
      'shop.example',
      'x-forwarded-port',
      '443',
    ]);
  });
});

describe('request ids', () => {
  it('are unique', () => {
    const next = createRequestIds();
    const other = createRequestIds();
    assert.equal(new Set([...Array.from({ length: 1000 }, next), ...Array.from({ length: 1000 }, other)]).size, 2000);
  });

  it('are taken from the client only when they are harmless', () => {
    for (const id of ['a', 'A-1_b.c:d/e=f+g@h', 'x'.repeat(128)]) assert.ok(isRequestIdSane(id), id);
    for (const id of ['', 'a b', 'a"b', 'a\\b', 'x'.repeat(129), 'caf\xe9']) assert.ok(!isRequestIdSane(id), id);
  });
});

describe('limits', () => {
  it('of a port are the most that any of its applications allows; 0 is none', () => {
    const limits = portLimits([
      { ...DEFAULT_LIMITS, idleTimeoutMs: 5, maxConnections: 3 },
      { ...DEFAULT_LIMITS, idleTimeoutMs: 7, maxConnections: 0, maxHeaderBytes: 0 },
    ]);
    assert.deepEqual([limits.idleTimeoutMs, limits.maxConnections, limits.maxHeaderBytes], [7, 0, 1_048_576]);
    assert.deepEqual(portLimits([]), DEFAULT_LIMITS);
  });

  it('of 0 give no deadline', () => {
    assert.equal(deadlineAfter(5, 10), 15);
    assert.equal(deadlineAfter(5, 0), Number.POSITIVE_INFINITY);
  });
});
