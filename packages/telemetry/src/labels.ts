/**
 * Every label of our metrics and what bounds it. A value that is not bounded (a URL, a request, a worker id) belongs into a log line or a
 * span, never here: each new value is a new series for whoever stores them.
 */
export const LABELS = {
  pool: 'application pools of the configuration',
  host: 'worker hosts of the cluster',
  slot: "slots of the pools: maxProcesses of each, as 'pool/number'",
  protocol: "'http', 'tcp', 'queue', and the names in listenerAdapters of baton.yaml",
  outcome:
    "of requests 'answered', 'refused', 'failed', 'client_closed'; of those that crossed a recycle 'finished', 'moved', 'replayed', 'failed'; of recycles 'completed', 'failed'; of Handover orders 'done', 'notReady', 'busy'",
  cause: 'error codes (docs/errors.md); of recycles the causes of handover.md',
  state: 'states of a worker (docs/lifecycle.md)',
  start: "'cold' or 'spare'",
  phase: "'placing', 'starting', 'connecting', 'handover', 'draining', 'stopping'",
  direction: "'sent' or 'received', as the adapter sees it",
  percentile: "'50', '99', '100'",
  reason: 'why a worker was not let in (docs/channel.md)',
  status: 'HTTP statuses of refusals',
  type: 'types of events',
  'http.request.method': "known methods, else '_OTHER'",
  'http.response.status_code': 'HTTP statuses; 0 when none was sent',
  'url.scheme': "'http' or 'https'",
  'cpu.mode': "'user' or 'system'",
} as const;

export type LabelName = keyof typeof LABELS;
