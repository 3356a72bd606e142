import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf, listenHostFor } from './address.ts';

test('an endpoint of an IPv6 address has brackets', () => {
  assert.deepEqual(
    [endpointOf('10.0.0.7', 80), endpointOf('node-7', 80), endpointOf('fd00::7', 80)],
    ['10.0.0.7:80', 'node-7:80', '[fd00::7]:80'],
  );
});

test('what is advertised as loopback listens there only, everything else is reachable from outside', () => {
  const wanted = {
    localhost: '127.0.0.1',
    '127.0.0.2': '127.0.0.1',
    '::1': '::1',
    '10.0.0.7': '0.0.0.0',
    'node-7': '0.0.0.0',
    'fd00::7': '::',
  };
  for (const [advertise, host] of Object.entries(wanted)) assert.equal(listenHostFor(advertise), host, advertise);
});
