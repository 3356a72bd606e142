import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './parse.ts';

const parse = (text: string) => parseConfig(`apiVersion: baton/v1\n${text}`, { file: 'baton.yaml' });

test('a pool that names nothing has the defaults of IIS, in milliseconds and bytes', () => {
  const [pool] = parse('pools: [{ name: shop }]').pools;
  assert.equal(pool!.identity, 'shop');
  assert.equal(pool!.queueLength, 1000);
  assert.equal(pool!.startMode, 'onDemand');
  assert.equal(pool!.autoStart, true);
  assert.deepEqual(pool!.processModel, {
    maxProcesses: 1,
    idleTimeoutMs: 1_200_000,
    idleTimeoutAction: 'terminate',
    startupTimeLimitMs: 90_000,
    shutdownTimeLimitMs: 90_000,
    pingingEnabled: true,
    pingIntervalMs: 30_000,
    pingResponseTimeMs: 90_000,
  });
  assert.equal(pool!.recycling.periodicRestart.timeMs, 29 * 3_600_000);
  assert.equal(pool!.recycling.logEventOnRecycle.length, 8);
  assert.deepEqual(pool!.environmentVariables, {});
});

test('the spellings of IIS are read', () => {
  const [pool] = parse(
    'pools: [{ name: shop, startMode: AlwaysRunning, processModel: { idleTimeout: "00:01:30", shutdownTimeLimit: 1.05:00:00 }, recycling: { periodicRestart: { memory: 0, time: 29:00:00 } } }]',
  ).pools;
  assert.equal(pool!.startMode, 'alwaysRunning');
  assert.equal(pool!.processModel.idleTimeoutMs, 90_000);
  assert.equal(pool!.processModel.shutdownTimeLimitMs, 29 * 3_600_000);
});

test('everything about recycling that acts is read', () => {
  const [pool] = parse(
    'pools: [{ name: p, recycling: { disallowOverlappingRotation: true, disallowRotationOnConfigChange: true, logEventOnRecycle: [OnDemand], periodicRestart: { time: 0, requests: 10, schedule: ["03:00", 15:30:00] } } }]',
  ).pools;
  assert.deepEqual(pool!.recycling, {
    disallowOverlappingRotation: true,
    disallowRotationOnConfigChange: true,
    logEventOnRecycle: ['onDemand'],
    periodicRestart: { timeMs: 0, requests: 10, memoryBytes: 0, privateMemoryBytes: 0, schedule: ['03:00', '15:30'] },
  });
});

test('a setting written at its default is accepted although it does not act yet', () => {
  assert.equal(
    parse('pools: [{ name: shop, cpu: { limit: 0, action: noAction, resetInterval: 300s }, failure: { rapidFailProtection: true } }]').pools
      .length,
    1,
  );
});

test('pool defaults count for every pool that does not name the setting, group by group and variable by variable', () => {
  const { pools } = parse(`
poolDefaults:
  queueLength: 50
  processModel: { idleTimeout: 2s, maxProcesses: 3 }
  environmentVariables: { A: one, B: { fromEnv: X } }
pools:
  - name: a
  - name: b
    queueLength: 60
    processModel: { idleTimeout: 0 }
    environmentVariables: { B: { fromFile: /run/b }, C: 3 }
`);
  assert.deepEqual(
    pools.map((pool) => [pool.queueLength, pool.processModel.idleTimeoutMs, pool.processModel.maxProcesses, pool.environmentVariables]),
    [
      [50, 2000, 3, { A: { literal: 'one' }, B: { fromEnv: 'X' } }],
      [60, 0, 3, { A: { literal: 'one' }, B: { fromFile: '/run/b' }, C: { literal: '3' } }],
    ],
  );
});

test('limits of an app lie over those of the file', () => {
  const { apps, limits } = parse(`
limits: { queueTimeout: 5s, maxBodyBytes: 1MiB }
pools: [{ name: p }, { name: q }]
apps:
  - { name: a, pool: p, entry: a.js, bindings: ["http://*:1/"], limits: { queueTimeout: 1s } }
  - { name: b, pool: q, entry: b.js, bindings: ["http://*:2/"] }
`);
  assert.deepEqual(
    apps.map(({ limits: own }) => [own.queueTimeoutMs, own.maxBodyBytes, own.maxHeaderBytes]),
    [
      [1000, 1_048_576, 16_384],
      [5000, 1_048_576, 16_384],
    ],
  );
  assert.equal(limits.queueTimeoutMs, 5000);
});

test('a version and an environment variable mean the text as written, not the number it looks like', () => {
  const { apps, pools } = parse(`
pools: [{ name: p, environmentVariables: { V: 1.10, MODE: 0o17, ON: true } }]
apps: [{ name: a, pool: p, entry: a.js, version: 1.10, bindings: ["http://*:1/"] }]
`);
  assert.equal(apps[0]!.version, '1.10');
  assert.deepEqual(pools[0]!.environmentVariables, { V: { literal: '1.10' }, MODE: { literal: '0o17' }, ON: { literal: 'true' } });
});

test('bindings are read into host, port and path', () => {
  const { apps } = parse(`
pools: [{ name: p }]
apps: [{ name: a, pool: p, entry: a.js, bindings: ["http://Shop.Example/api/v1/", "http://[::1]:81", "http://*:82/"] }]
`);
  assert.deepEqual(
    apps[0]!.bindings.map(({ host, port, path }) => [host, port, path]),
    [
      ['shop.example', 80, '/api/v1'],
      ['::1', 81, '/'],
      ['*', 82, '/'],
    ],
  );
});

test('every kind of binding is read, with its protocol and whether TLS ends at the adapter', () => {
  const { apps, queues, listenerAdapters, tls, listen } = parse(`
listen: { onWasLost: stopListening }
listenerAdapters: [{ name: udp }]
tls: [{ host: "*", cert: a.crt, key: a.key }]
queues: { orders: { concurrency: 4, rate: 100/1m, redis: { fromEnv: JOBS } }, idle: {} }
pools: [{ name: p, drain: { policy: stay, maxDrainAge: 1h, maxDraining: 3 } }]
apps:
  - { name: a, pool: p, entry: a.js, bindings: ["https://*/", "tcp://[::1]:9000", "tls://Db.example:9443/", "queue://orders"] }
  - { name: b, pool: p, entry: b.js, enabledProtocols: [udp], proxyProtocol: v2, bindings: ["udp://*:9999", "queue://mail"] }
`);
  assert.deepEqual(
    apps.flatMap(({ bindings }) => bindings.map(({ protocol, isSecure, host, port, queue }) => [protocol, isSecure, host, port, queue])),
    [
      ['http', true, '*', 443, undefined],
      ['tcp', false, '::1', 9000, undefined],
      ['tcp', true, 'db.example', 9443, undefined],
      ['queue', false, '*', 0, 'orders'],
      ['udp', false, '*', 9999, undefined],
      ['queue', false, '*', 0, 'mail'],
    ],
  );
  const others = { concurrency: 10, rateMax: 0, rateDurationMs: 0, maxStalls: 3, redisUrl: '', prefix: 'bull' };
  assert.deepEqual(queues, {
    orders: { ...others, concurrency: 4, rateMax: 100, rateDurationMs: 60_000, redisUrl: 'env:JOBS' },
    mail: others,
    idle: others,
  });
  assert.deepEqual(
    [listenerAdapters, tls, listen.onWasLost],
    [[{ name: 'udp' }], [{ host: '*', cert: 'a.crt', key: 'a.key' }], 'stopListening'],
  );
  assert.deepEqual([apps[1]!.enabledProtocols, apps[1]!.proxyProtocol, apps[0]!.proxyProtocol], [['udp'], 'v2', 'none']);
});

test('anchors and aliases may be used', () => {
  const { pools } = parse('pools:\n  - { name: a, processModel: &model { idleTimeout: 1s } }\n  - { name: b, processModel: *model }\n');
  assert.equal(pools[1]!.processModel.idleTimeoutMs, 1000);
});

test('what is returned is frozen all the way down', () => {
  const config = parse('pools: [{ name: p }]');
  assert.ok(Object.isFrozen(config.pools[0]!.processModel));
  assert.ok(Object.isFrozen(config.pools));
});
