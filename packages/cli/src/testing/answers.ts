const POOL = { name: 'shop', state: 'started', startMode: 'onDemand', maxProcesses: 2, workers: 1, requestsTotal: 1234, apps: ['shop'] };
export const SETTINGS = {
  name: 'shop',
  queueLength: 1000,
  processModel: { idleTimeoutMs: 1_200_000 },
  environmentVariables: { KEY: { fromEnv: 'KEY' } },
};
const WORKER = {
  ...{ id: 'w3', pool: 'shop', slot: 'shop/1', host: '1', pid: 4711, generation: 4, state: 'ready' },
  ...{ startedAt: '2026-01-02T03:04:05Z', uptimeMs: 65_000, requestsServed: 7, rssBytes: 40 * 1024 * 1024 },
};
const HOST = { id: '1', state: 'attached', advertise: '127.0.0.1', pid: 99, workers: 1, capacity: 64, freeMemoryBytes: 3e9 };
const APP = { name: 'shop', pool: 'shop', entry: 'server.js', bindings: ['http://*:8080/'], urls: ['http://localhost:8080/'] };
const CHANNEL = { protocol: 'http', pool: 'shop', channelId: 1, adapter: 'a1-x', blobBytes: 300, connectedWorkers: ['w3'], attached: true };
const KEYS = [
  { id: 'k2', state: 'current', createdAt: '2026-01-02T03:04:05Z', signsFrom: '2026-01-02T03:04:05Z' },
  { id: 'k1', state: 'previous', createdAt: '2026-01-01T03:04:05Z', goodUntil: '2026-01-02T03:14:15Z' },
];
export const EVENT = {
  id: '9',
  at: '2026-01-02T03:04:05Z',
  type: 'worker.ready',
  pool: 'shop',
  worker: 'w3',
  generation: 4,
  message: 'in 31 ms',
};
const CHANGE = { path: 'pools.shop.queueLength', action: 'change', from: '1000', to: '50', effect: 'acts now' };

export const RECEIPT = {
  ...{
    id: 'r1',
    pool: 'shop',
    slot: 'shop/1',
    cause: 'onDemand',
    requestedBy: 'admin',
    reason: 'deploy',
    outcome: 'completed',
    failure: '',
  },
  ...{ oldWorker: 'w3', newWorker: 'w4', oldHost: '1', newHost: '2', oldGeneration: 4, newGeneration: 5 },
  ...{ startedAt: '2026-01-02T03:04:05Z', endedAt: '2026-01-02T03:04:06.250Z', overlapMs: 102.4, longestHoldMs: 0.25, traceId: 'abc' },
  ...{ inFlightAtHandover: 12, finished: 11, moved: 1, replayed: 0, failed: 0, incomplete: false },
  phases: [
    { name: 'placing', ms: 0.4 },
    { name: 'draining', ms: 1_100 },
  ],
  ...{ holders: [], holderCount: 0, draining: null, waitsFor: null },
};
const RUNNING = {
  ...{ ...RECEIPT, id: 'r2', outcome: 'running', newWorker: null, newHost: null, newGeneration: null, endedAt: null },
  ...{ overlapMs: null, inFlightAtHandover: null, longestHoldMs: null, traceId: null, phases: [] },
};
export const DRAINING = {
  ...{ ...RUNNING, id: 'r4', holderCount: 3, draining: { sinceMs: 1_790_000_000_000, limitMs: 600_000 } },
  holders: [
    { kind: 'websocket', app: 'shop', what: 'GET /feed', client: '192.0.2.7', forMs: 62_000 },
    { kind: 'job', app: 'shop', what: 'orders/17', client: '', forMs: 1_500 },
  ],
};
const WAITING = { ...RUNNING, id: 'r5', waitsFor: '2 of shop/1 drain already (r3, r4), and drain.maxDraining lets 2 do so at once' };
const FAILED = { ...RECEIPT, id: 'r3', outcome: 'failed', failure: 'APP_THREW: no such module', overlapMs: null };
const REFUSAL = { slot: 'shop/3', code: 'RECYCLE_REFUSED', message: 'worker w9 is ending already' };
const ROLLOUT = { state: 'stopped', done: 1, workers: 2, slot: 'shop/2', cause: 'APP_THREW', recycleId: 'r3' };
const CRASHED = { ...ROLLOUT, slot: 'shop/1', cause: 'worker w3 died: APP_CRASHED', recycleId: '' };
export const CONFIG = 'apiVersion: baton/v1\npools:\n  - name: shop # busy\n';

/** What the stub of a cluster answers, by method and path below /api/v1/. */
export const ANSWERS: Record<string, unknown> = {
  'GET status': {
    clusterId: 'c1',
    epoch: 1,
    ready: true,
    redisConnected: true,
    pools: [{ ...POOL, settings: SETTINGS }],
    workers: [WORKER],
    hosts: [HOST],
    adapters: [{ attached: true }],
  },
  'GET pools': [{ ...POOL, settings: SETTINGS }],
  'GET pools/shop': { ...POOL, settings: SETTINGS },
  'POST pools/shop/start': { pool: POOL },
  'POST pools/shop/stop': { pool: { ...POOL, state: 'stopped' } },
  'GET apps': [APP],
  'GET apps/shop': APP,
  'GET workers': [WORKER],
  'GET workers?pool=none': [],
  'GET hosts': [HOST],
  'GET channels': [CHANNEL],
  'GET keys': KEYS,
  'POST keys/rotate': [...KEYS, { id: 'k3', state: 'next', signsFrom: '2026-01-02T03:04:07Z' }],
  'GET events': [EVENT],
  'GET events?limit=1': [EVENT],
  'GET events?pool=shop&limit=5': [],
  'POST config': { changes: [CHANGE], applied: true, recyclingPools: ['shop'] },
  'GET config': { yaml: CONFIG, file: '/etc/baton.yaml' },
  'GET pools/crashed': { ...POOL, name: 'crashed', settings: SETTINGS, recycles: [], rollout: CRASHED },
  'GET pools/moving': { ...POOL, name: 'moving', settings: SETTINGS, recycles: ['r2'], rollout: ROLLOUT },
  'GET recycles': [RUNNING, RECEIPT],
  'GET recycles?pool=shop&limit=1': [RECEIPT],
  'GET recycles/r1': RECEIPT,
  'GET recycles/r2': RUNNING,
  'GET recycles/r4': DRAINING,
  'GET recycles/r5': WAITING,
  'GET recycles/r1?waitMs=20000': RECEIPT,
  'GET recycles/r3?waitMs=20000': FAILED,
  'POST pools/shop/recycle': { recycleIds: ['r1'], holds: [] },
  'POST pools/idle/recycle': { recycleIds: [], holds: [] },
  'POST pools/broken/recycle': { recycleIds: ['r1', 'r3'], holds: [] },
  'POST pools/partly/recycle': { recycleIds: ['r1'], holds: [], refusals: [REFUSAL] },
  'POST pools/wrong/recycle': { recycleIds: ['r1', 'r3'], holds: [], refusals: [REFUSAL, { ...REFUSAL, slot: 'shop/4' }] },
  'POST pools/held/recycle': { recycleIds: [], holds: ['no other host has room'] },
};
