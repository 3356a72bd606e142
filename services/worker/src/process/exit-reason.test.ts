import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EndFacts, explainExit, pickTellingLine } from './exit-reason.ts';

const NOTHING: EndFacts = {
  code: 0,
  signal: null,
  spawnError: undefined,
  hasListened: true,
  failed: undefined,
  ended: undefined,
  stopCause: '',
  unhealthy: undefined,
  wasTerminated: false,
  lastLine: '',
};

const TABLE: { title: string; facts: Partial<EndFacts>; errorCode: string; planned: boolean; message: RegExp }[] = [
  { title: 'a planned stop', facts: { stopCause: 'idle' }, errorCode: '', planned: true, message: /^stopped: idle$/ },
  {
    title: 'a planned stop by SIGTERM',
    facts: { stopCause: 'idle', code: null, signal: 'SIGTERM', wasTerminated: true },
    errorCode: '',
    planned: true,
    message: /idle/,
  },
  {
    title: 'a crash while stopping',
    facts: { stopCause: 'idle', code: 134 },
    errorCode: 'APP_CRASHED',
    planned: true,
    message: /while it was stopping/,
  },
  {
    title: 'killed at the limit',
    facts: { stopCause: 'recycle', signal: 'SIGKILL', ended: { code: 'SHUTDOWN_TIMEOUT', message: 'late' } },
    errorCode: 'SHUTDOWN_TIMEOUT',
    planned: true,
    message: /^late$/,
  },
  {
    title: 'unhealthy',
    facts: { stopCause: 'WORKER_UNHEALTHY', signal: 'SIGKILL' },
    errorCode: 'WORKER_UNHEALTHY',
    planned: false,
    message: /^it did not answer pings and was ended$/,
  },
  {
    title: 'unhealthy by its own word',
    facts: { stopCause: 'WORKER_UNHEALTHY', signal: 'SIGKILL', unhealthy: 'cache corrupt' },
    errorCode: 'WORKER_UNHEALTHY',
    planned: false,
    message: /^it said that it is not well \(cache corrupt\) and was ended$/,
  },
  { title: 'not created', facts: { code: null, spawnError: 'EAGAIN' }, errorCode: 'SPAWN_FAILED', planned: false, message: /EAGAIN/ },
  {
    title: 'never listened',
    facts: { hasListened: false, signal: 'SIGKILL', ended: { code: 'APP_DID_NOT_LISTEN', message: 'no listen' } },
    errorCode: 'APP_DID_NOT_LISTEN',
    planned: false,
    message: /no listen/,
  },
  {
    title: 'said itself why',
    facts: { hasListened: false, code: 1, failed: { code: 'APP_THREW', message: 'no\n database' } },
    errorCode: 'APP_THREW',
    planned: false,
    message: /^no database$/,
  },
  {
    title: 'exit 0 before it was ready',
    facts: { hasListened: false },
    errorCode: 'APP_EXITED',
    planned: false,
    message: /with exit code 0 before it was ready/,
  },
  { title: 'exit 0 afterwards', facts: {}, errorCode: 'APP_CRASHED', planned: false, message: /unasked with exit code 0/ },
  {
    title: 'a signal',
    facts: { code: null, signal: 'SIGSEGV', lastLine: 'Error: x' },
    errorCode: 'APP_CRASHED',
    planned: false,
    message: /by SIGSEGV; it last said: Error: x/,
  },
];

for (const { title, facts, errorCode, planned, message } of TABLE) {
  test(`${title}: ${errorCode || 'no error'}`, () => {
    const exit = explainExit({ ...NOTHING, ...facts });
    assert.equal(exit.errorCode, errorCode);
    assert.equal(exit.planned, planned);
    assert.match(exit.message, message);
    assert.equal(exit.code, facts.signal || facts.code === null ? -1 : (facts.code ?? 0));
  });
}

test('the telling line of a stack trace is its error, not the frames or the footer', () => {
  const trace = ['/app/a.js:3', "  throw new Error('no')", '  ^', '', 'Error: no', '    at main (/app/a.js:3:9)', '', 'Node.js v24.21.0'];
  assert.equal(pickTellingLine(trace), 'Error: no');
  assert.equal(pickTellingLine(['TypeError [ERR_X]: odd', '    at x', '  code: "ERR_X"', '}']), 'TypeError [ERR_X]: odd');
  assert.equal(pickTellingLine(['first', 'FATAL: cannot bind', '', '    at x']), 'FATAL: cannot bind');
  assert.equal(pickTellingLine([]), '');
});
