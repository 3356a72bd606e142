import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attachmentOf, GRACE_MS } from './attachment.ts';
import type { AdapterLog, EventRecord } from './history.ts';

const LOG = { adapter: 'a1', isCut: false, lines: [] } as unknown as AdapterLog;
const event = (atMs: number, type: string, message: string, cause = '') => ({ atMs, type, message, cause }) as unknown as EventRecord;
const attached = (atMs: number, protocol: string) =>
  event(atMs, 'adapter.attached', `adapter a1 (${protocol}) is attached with 1 channels`);
const lost = (atMs: number, protocol: string) => event(atMs, 'adapter.detached', `adapter a1 (${protocol}) lost its stream: cut`, 'cut');
const SOON = 1_000;
const LATER = 2_000 + GRACE_MS + SOON;

const ROWS: readonly { readonly what: string; readonly events: readonly EventRecord[]; readonly atMs: number; readonly is: boolean }[] = [
  { what: 'nothing was heard of it', events: [], atMs: LATER, is: false },
  { what: 'its one protocol is attached', events: [attached(0, 'http')], atMs: SOON, is: true },
  { what: 'both of its protocols are', events: [attached(0, 'http'), attached(1, 'tcp')], atMs: SOON, is: true },
  { what: 'one was lost a moment ago', events: [attached(0, 'http'), lost(2_000, 'http')], atMs: 2_000 + SOON, is: true },
  { what: 'one was lost long ago', events: [attached(0, 'http'), attached(0, 'tcp'), lost(2_000, 'tcp')], atMs: LATER, is: false },
  {
    what: 'one is back and the other is not',
    events: [attached(0, 'http'), attached(0, 'tcp'), lost(2_000, 'tcp'), lost(2_000, 'http'), attached(2_001, 'tcp')],
    atMs: LATER,
    is: false,
  },
  {
    what: 'one has unregistered',
    events: [attached(0, 'http'), event(500, 'adapter.detached', 'adapter a1 has unregistered protocol http', 'unregistered')],
    atMs: SOON,
    is: false,
  },
];

for (const { what, events, atMs, is } of ROWS) {
  test(`an adapter ${is ? 'had' : 'need not have had'} to be asked when ${what}`, () => {
    assert.equal(attachmentOf(events)(LOG, atMs), is);
  });
}
