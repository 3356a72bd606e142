import type { ChannelRef } from '../messages.ts';
import { type ExitFacts, isSameChannel, type WorkerRecord, type WorkerState } from './record.ts';

/** What can happen to a worker of this host. */
export type WorkerEvent =
  | { readonly type: 'spawned'; readonly pid: number; readonly fromSpare: boolean }
  | { readonly type: 'listening' }
  | { readonly type: 'extraListen'; readonly wanted: string; readonly actual: string }
  | { readonly type: 'named'; readonly channels: readonly ChannelRef[] }
  | { readonly type: 'connected'; readonly channel: ChannelRef }
  | { readonly type: 'disconnected'; readonly channel: ChannelRef }
  | { readonly type: 'stopOrdered'; readonly cause: string; readonly byMs: number }
  | { readonly type: 'exited'; readonly exit: ExitFacts; readonly atMs: number };

/** Where an event leads: `same` keeps the state, `settle` asks whether every named channel is connected; absent: the event is refused. */
type Move = WorkerState | 'same' | 'settle';

/**
 * The table. A stopping worker goes on connecting and listening (its record must stay true), an exited one changes no more.
 */
export const MOVES: Readonly<Record<WorkerState, Partial<Record<WorkerEvent['type'], Move>>>> = {
  starting: {
    spawned: 'same',
    listening: 'settle',
    extraListen: 'same',
    named: 'same',
    connected: 'same',
    disconnected: 'same',
    stopOrdered: 'stopping',
    exited: 'exited',
  },
  connecting: {
    extraListen: 'same',
    named: 'settle',
    connected: 'settle',
    disconnected: 'settle',
    stopOrdered: 'stopping',
    exited: 'exited',
  },
  connected: {
    extraListen: 'same',
    named: 'settle',
    connected: 'settle',
    disconnected: 'settle',
    stopOrdered: 'stopping',
    exited: 'exited',
  },
  stopping: {
    spawned: 'same',
    listening: 'same',
    extraListen: 'same',
    connected: 'same',
    disconnected: 'same',
    stopOrdered: 'same',
    exited: 'exited',
  },
  exited: {},
};

/** The record after the event; the same object when the event is refused or changes nothing. */
export function transition(record: WorkerRecord, event: WorkerEvent): WorkerRecord {
  const move = MOVES[record.state][event.type];
  if (move === undefined) return record;
  const changed = change(record, event);
  const state = move === 'same' ? record.state : move === 'settle' ? settle(changed) : move;
  return changed === record && state === record.state ? record : { ...changed, state };
}

function settle(record: WorkerRecord): WorkerState {
  return record.named.every((name) => record.connected.some((channel) => isSameChannel(name, channel))) ? 'connected' : 'connecting';
}

function change(record: WorkerRecord, event: WorkerEvent): WorkerRecord {
  switch (event.type) {
    case 'spawned':
      return { ...record, pid: event.pid, fromSpare: event.fromSpare };
    case 'listening':
      return record;
    case 'extraListen':
      return { ...record, extraListens: [...record.extraListens, { wanted: event.wanted, actual: event.actual }] };
    case 'named':
      return withChannels(record, 'named', event.channels);
    case 'connected':
      return withChannels(record, 'connected', [event.channel]);
    case 'disconnected':
      return record.connected.some((channel) => isSameChannel(channel, event.channel))
        ? { ...record, connected: record.connected.filter((channel) => !isSameChannel(channel, event.channel)) }
        : record;
    case 'stopOrdered':
      // the first cause wins, and the earliest end
      if (record.stopCause !== '') return event.byMs < record.stopByMs ? { ...record, stopByMs: event.byMs } : record;
      return { ...record, stopCause: event.cause, stopByMs: event.byMs };
    case 'exited':
      return { ...record, connected: [], exit: event.exit, exitedAtMs: event.atMs };
  }
}

function withChannels(record: WorkerRecord, list: 'named' | 'connected', channels: readonly ChannelRef[]): WorkerRecord {
  const added = channels.filter((channel) => !record[list].some((known) => isSameChannel(known, channel)));
  if (added.length === 0) return record;
  return { ...record, [list]: [...record[list], ...added.map(({ adapterId, channelId }) => ({ adapterId, channelId }))] };
}
