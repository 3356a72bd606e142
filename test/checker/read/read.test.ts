import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccessLog } from './access-log.ts';
import { readEventLines } from './events.ts';
import { readWorkerProcesses } from './processes.ts';
import { readReceipt } from './receipts.ts';

const AT = '2026-11-20T18:40:0';
const served = (n: number, worker: string) =>
  `{"time":"${AT}1.500Z","requestId":"r${n}","path":"/","status":200,"bytes":5,"durationMs":1.5,"waitMs":0.1,"client":"127.0.0.1",` +
  `"method":"GET","host":"a","pool":"app","app":"app","worker":"${worker}","generation":1,"slot":"app/1","n":${n}}`;
const switched = (n: number, to: string, adapter = 'a1-0001') =>
  `{"type":"handover","time":"${AT}1.000Z","pool":"app","channel":"${adapter}/1","slot":"app/1","recycle":"c1","from":"","to":"${to}","inFlight":0,"n":${n}}`;

test('an access log is read into the lives of its adapter, each with its own numbers; only the last one ended in order', () => {
  const content = [switched(1, 'w1'), served(2, 'w1'), switched(1, 'w2', 'a1-0002'), served(2, 'w2'), ''].join('\n');
  const logs = readAccessLog(content, 'a1-0002');
  const summary = logs.map(({ adapter, isCut, lines }) => [adapter, isCut, lines.map(({ n, atMs }) => [n, atMs % 10_000])]);
  const lines = [
    [1, 1_000],
    [2, 1_500],
  ];
  assert.deepEqual(summary, [
    ['a1-0001', true, lines],
    ['a1-0002', false, lines],
  ]);
  const [first, second] = logs[0]!.lines;
  assert.ok(first?.kind === 'handover' && second?.kind === 'request');
  assert.deepEqual([first.channel, first.slot, first.recycle, first.to], ['a1-0001/1', 'app/1', 'c1', 'w1']);
  assert.deepEqual([second.requestId, second.worker, second.generation, second.status], ['r2', 'w1', 1, 200]);
});

test('half a line of an adapter that was killed is passed over, at the end and before the first line of the next life', () => {
  const half = served(3, 'w1').slice(0, 70);
  const [first] = readAccessLog(`${switched(1, 'w1')}\n${half}`, 'a1-0001');
  assert.equal(first?.lines.length, 1);
  const logs = readAccessLog(`${switched(1, 'w1')}\n${half}${switched(1, 'w2', 'a1-0002')}\n`, 'a1-0002');
  assert.deepEqual(
    logs.map(({ lines }) => lines.length),
    [1, 1],
  );
  assert.throws(() => readAccessLog(`${switched(1, 'w1')}\nnonsense\n${served(2, 'w1')}\n`, 'a1-0001'));
});

test('events, receipts and worker processes are read from what Baton prints', () => {
  const line = `{"id":"1-0","at":"${AT}1.000Z","type":"handover.done","slot":"app/1","recycle":"c1","channel":"a1-0001/1","from":"w1","to":"w2","inFlight":4}`;
  const [event] = readEventLines(`${line}\n\n`);
  assert.deepEqual(
    [event?.type, event?.recycle, event?.channel, event?.inFlight, event?.worker],
    ['handover.done', 'c1', 'a1-0001/1', 4, ''],
  );
  const receipt = readReceipt({ id: 'c1', endedAt: null, inFlightAtHandover: null, finished: 3, incomplete: true });
  assert.deepEqual([receipt.endedAtMs, receipt.inFlightAtHandover, receipt.finished, receipt.isIncomplete], [0, 0, 3, true]);
  assert.deepEqual(
    readWorkerProcesses([
      { pid: 7, command: 'baton w3 pool=shop gen=4' },
      { pid: 8, command: 'baton spare' },
    ]),
    [{ pid: 7, worker: 'w3', generation: 4 }],
  );
});
