/** States of a worker as the leader sees it, in the order of a life. */
export const WORKER_STATES = ['placing', 'starting', 'connecting', 'ready', 'draining', 'stopping', 'gone', 'failed', 'orphaned'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** What each state means; printed into docs/lifecycle.md. */
export const STATE_MEANINGS: Readonly<Record<WorkerState, string>> = {
  placing: 'a start was decided, the generation is allocated; no host has been found yet',
  starting: 'a host was ordered to start it; the process is created, or a spare gets the app, and the app loads',
  connecting: 'the app listens; the process dials the channels of its pool',
  ready: 'connected on every channel that is attached',
  draining: 'its stop was decided and ordered; the host has not confirmed the order',
  stopping: 'the host has entered the stop order: shutdownTimeLimit runs',
  gone: 'ended as planned (final)',
  failed: 'ended unasked, or was killed because it failed (final, counted)',
  orphaned: 'no host answers for it: its host is lost, or came back without it; the process may still be serving',
};

/** What can happen to a worker, and who says so. */
export const EVENT_MEANINGS = {
  placed: 'placement found a host',
  noHost: 'placement found no host with room',
  refused: 'the host refused the start order',
  seen: 'the host reports that the process is starting',
  listening: 'the host reports that the app listens, or that it lacks an attached channel',
  connected: 'the host reports it connected on every attached channel',
  partlyConnected: 'startupTimeLimit passed and it is connected on some attached channel only',
  stopReported: 'the host reports that it is stopping',
  exitedPlanned: 'the host reports its exit after a stop order',
  exitedFailed: 'the host reports any other exit',
  startLimit: 'startupTimeLimit passed and it is connected nowhere',
  stopLimit: 'shutdownTimeLimit passed since the host confirmed the stop',
  unhealthy: 'an adapter reports that it does not answer pings, or it says at a ping that it is not well',
  stopWanted: 'it is not wanted any more and nothing hands it work',
  rejected: 'its recycle failed: it will never serve',
  hostLost: 'its host was silent for too long',
  missing: 'its host registered and does not know it',
  expired: 'no host has claimed it for as long as it could serve on, ten minutes at most',
} as const;
export type WorkerEventName = keyof typeof EVENT_MEANINGS;
export const WORKER_EVENTS = Object.keys(EVENT_MEANINGS) as readonly WorkerEventName[];

/** What has to be done about a move; carried out in order by effects.ts. */
export const EFFECT_MEANINGS = {
  save: 'write the record to Redis',
  forget: 'remove the record from Redis',
  order: 'derive the order to its host anew, now',
  tellGone: 'tell the adapters that the process is dead',
  avoidHost: 'do not place this app on that host for a while',
  countFailure: 'count a failure, delay the next start, tell the adapters why work waits',
  clearFailures: 'forget failures and tell the adapters that starts work again',
  'event worker.placing': 'tell operators',
  'event worker.starting': 'tell operators',
  'event worker.refused': 'tell operators',
  'event worker.ready': 'tell operators',
  'event worker.stopping': 'tell operators',
  'event worker.killed': 'tell operators',
  'event worker.exited': 'tell operators',
  'event worker.failed': 'tell operators',
  'event worker.orphaned': 'tell operators',
  'event worker.returned': 'tell operators',
} as const;
export type Effect = keyof typeof EFFECT_MEANINGS;
