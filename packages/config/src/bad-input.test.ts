import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './parse.ts';
import { formatProblem, type Problem, problemsOf } from './problem.ts';

function problemsIn(text: string): readonly Problem[] {
  try {
    parseConfig(text, { file: 'baton.yaml' });
  } catch (error) {
    const problems = problemsOf(error);
    assert.notEqual(problems.length, 0, `not a CONFIG_INVALID: ${String(error)}`);
    return problems;
  }
  return [];
}

const HEAD = 'apiVersion: baton/v1\n';
const POOL = `${HEAD}pools:\n  - name: shop\n`;
const APP = `${POOL}apps:\n  - name: shop\n    pool: shop\n    entry: ./server.js\n`;
const BOUND = `${APP}    bindings: ["http://*:8080/"]\n`;
const TWO_POOLS = BOUND.replace('pools:\n', 'pools:\n  - name: api\n');

interface Case {
  readonly title: string;
  readonly yaml: string;
  readonly line: number;
  readonly key: string;
  readonly says: RegExp;
  readonly nearest?: string;
  readonly code?: Problem['code'];
}

const CASES: readonly Case[] = [
  {
    title: 'an unknown key of the file',
    yaml: `${HEAD}pool:\n  - name: shop\n`,
    line: 2,
    key: 'pool',
    says: /unknown key/,
    nearest: 'pools',
  },
  {
    title: 'an unknown key of a pool',
    yaml: `${POOL}    queueLenght: 5\n`,
    line: 4,
    key: 'pools[0].queueLenght',
    says: /unknown key; did you mean "queueLength"\?$/,
    nearest: 'queueLength',
  },
  {
    title: 'an unknown key deep in a pool',
    yaml: `${POOL}    processModel:\n      idletimeout: 5m\n`,
    line: 5,
    key: 'pools[0].processModel.idletimeout',
    says: /unknown key/,
    nearest: 'idleTimeout',
  },
  {
    title: 'an unknown key like no other',
    yaml: `${POOL}    colour: red\n`,
    line: 4,
    key: 'pools[0].colour',
    says: /unknown key; expected one of name, identity,/,
  },
  { title: 'a key named __proto__', yaml: `${POOL}    __proto__: {}\n`, line: 4, key: 'pools[0].__proto__', says: /unknown key/ },
  {
    title: 'text where a number belongs',
    yaml: `${POOL}    queueLength: "100"\n`,
    line: 4,
    key: 'pools[0].queueLength',
    says: /expected a whole number from 10 to 65535, got "100"/,
  },
  {
    title: 'a number below its range',
    yaml: `${POOL}    queueLength: 9\n`,
    line: 4,
    key: 'pools[0].queueLength',
    says: /from 10 to 65535, got 9$/,
  },
  {
    title: 'a number above its range',
    yaml: `${POOL}    queueLength: 65536\n`,
    line: 4,
    key: 'pools[0].queueLength',
    says: /from 10 to 65535, got 65536$/,
  },
  {
    title: 'a fraction where a whole number belongs',
    yaml: `${POOL}    processModel: { maxProcesses: 1.5 }\n`,
    line: 4,
    key: 'pools[0].processModel.maxProcesses',
    says: /a whole number from 1 to 1000, got 1\.5/,
  },
  {
    title: 'a word that is not one of the choices',
    yaml: `${POOL}    startMode: alwaysRuning\n`,
    line: 4,
    key: 'pools[0].startMode',
    says: /expected one of onDemand, alwaysRunning, got "alwaysRuning"/,
    nearest: 'alwaysRunning',
  },
  {
    title: 'text where true or false belongs',
    yaml: `${POOL}    autoStart: yes\n`,
    line: 4,
    key: 'pools[0].autoStart',
    says: /expected true or false, got "yes"/,
  },
  {
    title: 'a duration without a unit',
    yaml: `${POOL}    processModel: { idleTimeout: 20 }\n`,
    line: 4,
    key: 'pools[0].processModel.idleTimeout',
    says: /expected a duration such as 90s.*got 20/,
    nearest: '20s',
  },
  {
    title: 'a duration in a unit spelled out',
    yaml: `${POOL}    processModel: { idleTimeout: 20 minutes }\n`,
    line: 4,
    key: 'pools[0].processModel.idleTimeout',
    says: /a duration such as/,
    nearest: '20m',
  },
  {
    title: 'a clock time with 75 seconds',
    yaml: `${POOL}    processModel: { pingInterval: "00:00:75" }\n`,
    line: 4,
    key: 'pools[0].processModel.pingInterval',
    says: /a duration such as/,
  },
  {
    title: 'a duration longer than a timer holds',
    yaml: `${POOL}    processModel: { idleTimeout: 31d }\n`,
    line: 4,
    key: 'pools[0].processModel.idleTimeout',
    says: /from 0 to 24d, got "31d"/,
  },
  {
    title: 'a time limit of nothing',
    yaml: `${POOL}    processModel: { startupTimeLimit: 0 }\n`,
    line: 4,
    key: 'pools[0].processModel.startupTimeLimit',
    says: /from 1ms to 24d, got 0/,
  },
  {
    title: 'a size in an ambiguous unit',
    yaml: `${HEAD}limits: { maxBodyBytes: 5MB }\n`,
    line: 2,
    key: 'limits.maxBodyBytes',
    says: /a size such as 16KiB/,
    nearest: '5MiB',
  },
  {
    title: 'a negative size',
    yaml: `${HEAD}limits: { maxHeaderBytes: -1 }\n`,
    line: 2,
    key: 'limits.maxHeaderBytes',
    says: /a size such as .* got -1/,
  },
  {
    title: 'a pool name that IIS refuses',
    yaml: `${HEAD}pools:\n  - name: shop/eu\n`,
    line: 3,
    key: 'pools[0].name',
    says: /a name of 1 to 64 characters without any of .* got "shop\/eu"/,
  },
  {
    title: 'a pool name of 65 characters',
    yaml: `${HEAD}pools:\n  - name: ${'a'.repeat(65)}\n`,
    line: 3,
    key: 'pools[0].name',
    says: /a name of 1 to 64 characters/,
  },
  { title: 'a pool named ".."', yaml: `${HEAD}pools:\n  - name: ..\n`, line: 3, key: 'pools[0].name', says: /a name of 1 to 64/ },
  {
    title: 'a pool without a name',
    yaml: `${HEAD}pools:\n  - queueLength: 100\n`,
    line: 3,
    key: 'pools[0].name',
    says: /is missing; expected a name/,
  },
  {
    title: 'two pools with one name',
    yaml: `${POOL}  - name: shop\n`,
    line: 4,
    key: 'pools[1].name',
    says: /pools\[0\] has the same name/,
  },
  {
    title: 'two apps whose names differ in case',
    yaml: `${TWO_POOLS}  - name: Shop\n    pool: api\n    entry: a.js\n    bindings: ["http://*:1/"]\n`,
    line: 10,
    key: 'apps[1].name',
    says: /a name that differs in case only/,
  },
  {
    title: 'an app whose pool does not exist',
    yaml: BOUND.replace('pool: shop', 'pool: shpo'),
    line: 6,
    key: 'apps[0].pool',
    says: /expected the name of a pool \(shop\), got "shpo"/,
    nearest: 'shop',
  },
  {
    title: 'an app without an entry',
    yaml: BOUND.replace('    entry: ./server.js\n', ''),
    line: 5,
    key: 'apps[0].entry',
    says: /is missing; expected the path/,
  },
  {
    title: 'an app without bindings',
    yaml: APP,
    line: 5,
    key: 'apps[0].bindings',
    says: /is missing; expected a list of 1 to 100 bindings/,
  },
  {
    title: 'a binding that is only a port',
    yaml: `${APP}    bindings: [":8080"]\n`,
    line: 8,
    key: 'apps[0].bindings[0]',
    says: /expected a binding such as http:\/\/\*:8080\//,
    nearest: 'http://*:8080/',
  },
  {
    title: 'a binding with port 70000',
    yaml: `${APP}    bindings:\n      - http://*:70000/\n`,
    line: 9,
    key: 'apps[0].bindings[0]',
    says: /a binding such as/,
  },
  {
    title: 'a binding with a misspelled scheme',
    yaml: `${APP}    bindings: ["htp://*:8080/"]\n`,
    line: 8,
    key: 'apps[0].bindings[0]',
    says: /a binding of one of the protocols http:\/\/, https:\/\/, .*; did you mean "http:\/\/\*:8080\/"\?$/,
    nearest: 'http://*:8080/',
  },
  {
    title: 'a binding of a protocol that nobody listens on',
    yaml: `${APP}    bindings: ["coap://*:5683/"]\n`,
    line: 8,
    key: 'apps[0].bindings[0]',
    says: /an adapter of its own would stand in listenerAdapters as \{ name: coap \}$/,
  },
  {
    title: 'a tcp binding without a port',
    yaml: `${APP}    bindings: ["tcp://*"]\n`,
    line: 8,
    key: 'apps[0].bindings[0]',
    says: /expected a binding such as .*tcp:\/\/\*:9000/,
  },
  {
    title: 'a tcp binding with a path',
    yaml: `${APP}    bindings: ["tcp://*:9000/in"]\n`,
    line: 8,
    key: 'apps[0].bindings[0]',
    says: /expected a binding such as/,
  },
  {
    title: 'a queue whose name has a colon',
    yaml: `${APP}    bindings: ["queue://orders:eu"]\n`,
    line: 8,
    key: 'apps[0].bindings[0]',
    says: /expected a binding such as .*queue:\/\/orders, got "queue:\/\/orders:eu"/,
  },
  {
    title: 'one queue in two apps',
    yaml: `${APP}    bindings: ["queue://orders"]\n  - name: b\n    pool: shop\n    entry: b.js\n    bindings: ["queue://orders"]\n`,
    line: 12,
    key: 'apps[1].bindings[0]',
    says: /which apps\[0\]\.bindings\[0\] has/,
  },
  {
    title: 'an https binding without a certificate',
    yaml: `${HEAD}tls: [{ host: "*.example", cert: a, key: b }, { host: deep.b.example, cert: a, key: b }]\n${APP.slice(HEAD.length)}    bindings: ["https://a.example/", "https://b.b.example/", "tls://deep.b.example:9443"]\n`,
    line: 9,
    key: 'apps[0].bindings[1]',
    says: /expected a certificate for b\.b\.example in tls, which "https:\/\/b\.b\.example\/" needs/,
  },
  {
    title: 'a certificate for half a name',
    yaml: `${HEAD}tls: [{ host: a*.example, cert: b, key: c }]\n`,
    line: 2,
    key: 'tls[0].host',
    says: /expected a host name, \*\.example\.com, or \*, got "a\*\.example"/,
  },
  {
    title: 'a certificate without its key',
    yaml: `${HEAD}tls: [{ host: a, cert: b }]\n`,
    line: 2,
    key: 'tls[0].key',
    says: /is missing; expected the path of a PEM file/,
  },
  {
    title: 'a listener adapter for a protocol of ours',
    yaml: `${HEAD}listenerAdapters: [{ name: https }]\n`,
    line: 2,
    key: 'listenerAdapters[0].name',
    says: /expected a protocol that Baton has no adapter for, got "https", which is built in/,
  },
  {
    title: 'https among the enabled protocols',
    yaml: `${BOUND}    enabledProtocols: [https]\n`,
    line: 9,
    key: 'apps[0].enabledProtocols[0]',
    says: /expected a protocol of its bindings \(http\), got "https"; did you mean "http"\?/,
    nearest: 'http',
  },
  {
    title: 'a rate without a time',
    yaml: `${HEAD}queues: { orders: { rate: 100 } }\n`,
    line: 2,
    key: 'queues.orders.rate',
    says: /expected a rate such as 100\/1s or 5000\/1h, or 0 for none, got 100/,
  },
  {
    title: 'a concurrency of nothing',
    yaml: `${HEAD}queues: { orders: { concurrency: 0 } }\n`,
    line: 2,
    key: 'queues.orders.concurrency',
    says: /a whole number from 1 to 100000, got 0/,
  },
  {
    title: 'settings of a queue that cannot be',
    yaml: `${HEAD}queues: { "a:b": {} }\n`,
    line: 2,
    key: 'queues.a:b',
    says: /expected the name of a queue: letters/,
  },
  {
    title: 'a Redis of a queue that is no URL',
    yaml: `${HEAD}queues: { orders: { redis: "localhost:6379" } }\n`,
    line: 2,
    key: 'queues.orders.redis',
    says: /expected a redis:\/\/ or rediss:\/\/ URL, or \{ fromEnv: NAME \}/,
  },
  {
    title: 'a policy of draining that does not exist',
    yaml: `${POOL}    drain: { policy: kill }\n`,
    line: 4,
    key: 'pools[0].drain.policy',
    says: /expected one of wait, close, stay, got "kill"/,
  },
  {
    title: 'one binding in two apps',
    yaml: `${TWO_POOLS}  - name: other\n    pool: api\n    entry: a.js\n    bindings: ["http://*:8080"]\n`,
    line: 13,
    key: 'apps[1].bindings[0]',
    says: /which apps\[0\]\.bindings\[0\] has/,
  },
  {
    title: 'a setting of a later release',
    yaml: `${POOL}    recycling: { periodicRestart: { memory: 512MiB } }\n`,
    line: 4,
    key: 'pools[0].recycling.periodicRestart.memory',
    says: /not supported yet, got "512MiB"; leave it at its default, 0/,
    code: 'NOT_SUPPORTED_YET',
  },
  {
    title: 'an age that is no duration',
    yaml: `${POOL}    recycling: { periodicRestart: { time: 29 } }\n`,
    line: 4,
    key: 'pools[0].recycling.periodicRestart.time',
    says: /expected a duration such as 90s.* got 29/,
    nearest: '29s',
  },
  {
    title: 'an age beyond what IIS allows',
    yaml: `${POOL}    recycling: { periodicRestart: { time: 301d } }\n`,
    line: 4,
    key: 'pools[0].recycling.periodicRestart.time',
    says: /from 0 to 300d, got "301d"/,
  },
  {
    title: 'a negative number of requests',
    yaml: `${POOL}    recycling: { periodicRestart: { requests: -1 } }\n`,
    line: 4,
    key: 'pools[0].recycling.periodicRestart.requests',
    says: /a whole number from 0 to 4294967295, got -1/,
  },
  {
    title: 'a time of day that does not exist',
    yaml: `${POOL}    recycling:\n      periodicRestart:\n        schedule: ["03:00", "24:00"]\n`,
    line: 6,
    key: 'pools[0].recycling.periodicRestart.schedule[1]',
    says: /expected a local time of day such as 03:00, got "24:00"/,
  },
  {
    title: 'a time of day with seconds',
    yaml: `${POOL}    recycling: { periodicRestart: { schedule: ["03:00:30"] } }\n`,
    line: 4,
    key: 'pools[0].recycling.periodicRestart.schedule[0]',
    says: /a local time of day such as 03:00/,
  },
  {
    title: 'a time of day given twice',
    yaml: `${POOL}    recycling: { periodicRestart: { schedule: ["03:00", "03:00:00"] } }\n`,
    line: 4,
    key: 'pools[0].recycling.periodicRestart.schedule[1]',
    says: /expected a time of day that is not in the list yet, got "03:00:00"/,
  },
  {
    title: 'one time of day where a list belongs',
    yaml: `${POOL}    recycling: { periodicRestart: { schedule: "03:00" } }\n`,
    line: 4,
    key: 'pools[0].recycling.periodicRestart.schedule',
    says: /expected a list of times of day, got "03:00"/,
  },
  {
    title: 'a cause of recycles that does not exist',
    yaml: `${POOL}    recycling: { logEventOnRecycle: [onDemnad] }\n`,
    line: 4,
    key: 'pools[0].recycling.logEventOnRecycle[0]',
    says: /expected one of time, requests, schedule, .* got "onDemnad"/,
    nearest: 'onDemand',
  },
  {
    title: 'text where replaySafe belongs',
    yaml: `${BOUND}    replaySafe: never\n`,
    line: 9,
    key: 'apps[0].replaySafe',
    says: /expected true or false, got "never"/,
  },
  {
    title: 'a preload that is no path',
    yaml: `${BOUND}    preload: [/health, health]\n`,
    line: 9,
    key: 'apps[0].preload[1]',
    says: /expected a path such as \/health, from its "\/" on, got "health"/,
  },
  {
    title: 'a preload with a fragment',
    yaml: `${BOUND}    preload: ["/health#top"]\n`,
    line: 9,
    key: 'apps[0].preload[0]',
    says: /expected a path such as \/health/,
  },
  {
    title: 'more preloads than there may be',
    yaml: `${BOUND}    preload: [${Array(101).fill('/').join(', ')}]\n`,
    line: 9,
    key: 'apps[0].preload',
    says: /expected a list of at most 100 paths/,
  },
  {
    title: 'modules',
    yaml: `${BOUND}    modules: [./audit.js]\n`,
    line: 9,
    key: 'apps[0].modules',
    says: /not supported yet/,
    code: 'NOT_SUPPORTED_YET',
  },
  {
    title: 'a uid of a pool identity',
    yaml: `${POOL}    identity: { name: shop, uid: 1000 }\n`,
    line: 4,
    key: 'pools[0].identity.uid',
    says: /not supported yet/,
    code: 'NOT_SUPPORTED_YET',
  },
  {
    title: 'an environment variable that is a list',
    yaml: `${POOL}    environmentVariables:\n      A: [1]\n`,
    line: 5,
    key: 'pools[0].environmentVariables.A',
    says: /expected text, \{ fromEnv: NAME \} or \{ fromFile: PATH \}, got a list/,
  },
  {
    title: 'an environment variable with a bad name',
    yaml: `${POOL}    environmentVariables:\n      "A=B": x\n`,
    line: 5,
    key: 'pools[0].environmentVariables.A=B',
    says: /the name of an environment variable, got "A=B"/,
  },
  {
    title: 'a bad value among the pool defaults',
    yaml: `${HEAD}poolDefaults:\n  queueLength: 1\n`,
    line: 3,
    key: 'poolDefaults.queueLength',
    says: /from 10 to 65535/,
  },
  {
    title: 'a bad admin address',
    yaml: `${HEAD}listen: { admin: 8081 }\n`,
    line: 2,
    key: 'listen.admin',
    says: /an address such as 127\.0\.0\.1:8081, got 8081/,
  },
  { title: 'no apiVersion', yaml: 'pools: []\n', line: 1, key: 'apiVersion', says: /is missing; expected "baton\/v1"/ },
  {
    title: 'another apiVersion',
    yaml: 'apiVersion: baton/v2\n',
    line: 1,
    key: 'apiVersion',
    says: /expected "baton\/v1", got "baton\/v2"/,
    nearest: 'baton/v1',
  },
  {
    title: 'a list at the top',
    yaml: '- apiVersion: baton/v1\n',
    line: 1,
    key: '',
    says: /expected a mapping with apiVersion, listen, .*got a list/,
  },
  { title: 'an empty file', yaml: '', line: 1, key: '', says: /expected a mapping with apiVersion.*got an empty value/ },
  {
    title: 'a group left empty',
    yaml: `${POOL}    processModel:\n`,
    line: 4,
    key: 'pools[0].processModel',
    says: /expected a mapping with maxProcesses.*got an empty value/,
  },
  {
    title: 'one pool where a list belongs',
    yaml: `${HEAD}pools: { name: shop }\n`,
    line: 2,
    key: 'pools',
    says: /expected a list of pools, got a mapping/,
  },
  {
    title: 'a key given twice',
    yaml: `${POOL}    queueLength: 10\n    queueLength: 20\n`,
    line: 5,
    key: 'pools[0].queueLength',
    says: /given twice/,
  },
  { title: 'broken YAML', yaml: `${HEAD}pools: [\n`, line: 3, key: 'pools', says: /not valid YAML/ },
  { title: 'a tab as indentation', yaml: `${HEAD}pools:\n\t- name: shop\n`, line: 3, key: 'pools', says: /not valid YAML/ },
  { title: 'two documents in one file', yaml: `${HEAD}---\n${HEAD}`, line: 2, key: '', says: /not valid YAML/ },
  {
    title: 'an unknown tag',
    yaml: `${HEAD}trustProxy: !maybe true\n`,
    line: 2,
    key: 'trustProxy',
    says: /not valid YAML: Unresolved tag: !maybe/,
  },
  {
    title: 'an alias without an anchor',
    yaml: `${HEAD}trustProxy: *nowhere\n`,
    line: 2,
    key: 'trustProxy',
    says: /expected an anchor &nowhere before the alias/,
  },
];

for (const { title, yaml, line, key, says, nearest, code } of CASES) {
  test(`${title} is refused with its line, its key and what was expected`, () => {
    const [problem, ...others] = problemsIn(yaml);
    assert.ok(problem, 'nothing was refused');
    const text = formatProblem(problem);
    assert.deepEqual(others.map(formatProblem), [], 'exactly one problem');
    assert.match(problem.message, says);
    assert.ok(text.startsWith(`baton.yaml:${line}: ${key ? `${key}: ` : ''}`), text);
    assert.equal(problem.key, key);
    assert.equal(problem.nearest, nearest);
    assert.equal(problem.code, code ?? 'CONFIG_INVALID');
    assert.ok(problem.column >= 1 && problem.expected !== '' && problem.got !== '');
  });
}

test('every problem of a file is told at once, in the order of the file', () => {
  const problems = problemsIn(`${POOL}    queueLength: 1\n    startMode: never\n    colour: red\napps:\n  - name: a\n    pool: nowhere\n`);
  assert.deepEqual(
    problems.map(({ line, key }) => [line, key]),
    [
      [4, 'pools[0].queueLength'],
      [5, 'pools[0].startMode'],
      [6, 'pools[0].colour'],
      [8, 'apps[0].entry'],
      [8, 'apps[0].bindings'],
      [9, 'apps[0].pool'],
    ],
  );
});

test('an alias bomb is refused instead of expanded', () => {
  const levels = 'abcdefgh'.split('').map((name, index, all) => {
    const inner = index === 0 ? '1' : Array.from({ length: 10 }, () => `*${all[index - 1]}`).join(', ');
    return `${name}: &${name} [${inner}]`;
  });
  const [problem] = problemsIn(`${HEAD}${levels.join('\n')}\n`);
  assert.match(problem!.message, /not valid YAML: .*alias/);
});

test('nesting without end is refused instead of overflowing the stack', () => {
  const [problem] = problemsIn(`${HEAD}pools: ${'['.repeat(200_000)}`);
  assert.match(problem!.message, /not valid YAML/);
});

test('a file larger than a megabyte is refused unread', () => {
  assert.match(problemsIn(`# ${'x'.repeat(1024 * 1024)}`)[0]!.message, /at most 1 MiB/);
});

test('a file with a thousand mistakes carries the first hundred and counts all', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `key${index}: 1`).join('\n');
  assert.equal(problemsIn(HEAD + lines).length, 100);
});
