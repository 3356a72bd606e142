import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeAwaited } from './describe-awaited.ts';

const app = {
  appKey: 'shop',
  entry: '/srv/shop.js',
  ports: [80, 443],
  tcpPorts: [9000],
  queues: ['orders', 'mail'],
  otherBindings: ['udp://*:53', 'quic://*:1'],
  preload: [],
  modules: [],
};

test('each protocol that nothing takes yet is named by what would take it', () => {
  const said = (...protocols: string[]) => describeAwaited(app, protocols).replace('application shop is not ready: ', '');
  assert.equal(said('http'), 'no HTTP server listens on port 80 or 443');
  assert.equal(said('tcp'), 'no server listens on port 9000, nor does it export handleConnection');
  assert.equal(said('queue'), 'it exports no processJob for queue://orders, queue://mail');
  assert.equal(said('http', 'udp'), 'no HTTP server listens on port 80 or 443; it exports no handleConnection for udp://*:53');
  assert.equal(describeAwaited({ ...app, ports: [] }, ['http']), 'application shop is not ready: no HTTP server listens');
});
