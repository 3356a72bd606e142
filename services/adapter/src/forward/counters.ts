/** Plain counts of one pool since the adapter started; read by probes and load reports, written on the request path. */
export class PoolCounters {
  admitted = 0;
  answered = 0;
  refused = 0;
  /** 502 and broken connections: a worker had it and could not answer. */
  failed = 0;
  clientClosed = 0;
  moved = 0;
  replayed = 0;
  activations = 0;
  requestBytes = 0;
  responseBytes = 0;
}
