/** Plain counts of one pool since the adapter started; read by probes and load reports, written on the request path. */
export class PoolCounters {
  admitted = 0;
  /** Answered by a worker, whole. */
  answered = 0;
  /** Answered by the adapter itself: queue, timeouts, stopped pools. */
  refused = 0;
  /** 502 and broken connections: a worker had it and could not answer. */
  failed = 0;
  clientClosed = 0;
  moved = 0;
  replayed = 0;
  activations = 0;
}
