/** What a span of Baton is called, who writes it and what it says. */
export interface SpanDefinition {
  readonly name: string;
  readonly service: 'adapter' | 'was' | 'host';
  readonly kind: SpanKind;
  /** What its parent is. */
  readonly parent: string;
  readonly attributes: readonly string[];
  readonly what: string;
}

export type SpanKind = 'internal' | 'server' | 'client' | 'consumer';

/** Every span of Baton. Docs are printed from it; writers take their names from it. */
export const SPANS = {
  request: {
    name: '{method}',
    service: 'adapter',
    kind: 'server',
    parent: "the client's, when it sent a traceparent",
    attributes: [
      'http.request.method',
      'http.response.status_code',
      'url.path',
      'url.scheme',
      'server.address',
      'server.port',
      'client.address',
      'network.protocol.version',
      'error.type',
      'baton.request_id',
      'baton.pool',
      'baton.app',
      'baton.outcome',
    ],
    what: 'A request, from its head to the end of its response. Linked to each recycle that it crossed.',
  },
  job: {
    name: 'process',
    service: 'adapter',
    kind: 'consumer',
    parent: 'of whoever added the job, when its telemetry metadata holds a traceparent',
    attributes: [
      'messaging.system',
      'messaging.operation.type',
      'messaging.destination.name',
      'messaging.message.id',
      'error.type',
      'baton.pool',
      'baton.app',
      'baton.outcome',
    ],
    what: 'A job, from when it was taken to its end in Redis; the name goes on with that of its queue.',
  },
  wait: {
    name: 'baton.wait',
    service: 'adapter',
    kind: 'internal',
    parent: 'the request',
    attributes: ['baton.pool', 'baton.cause'],
    what: 'The time that a request waited for a worker; missing when it did not.',
  },
  app: {
    name: 'baton.app',
    service: 'adapter',
    kind: 'internal',
    parent: 'the request',
    attributes: ['baton.worker', 'baton.slot', 'baton.generation', 'baton.app.queued_ms', 'baton.app.first_byte_ms', 'error.type'],
    what: 'A request in its worker, from what the worker measured. The app finds the id of this span in traceparent. One for each worker that had it.',
  },
  handover: {
    name: 'baton.handover',
    service: 'adapter',
    kind: 'server',
    parent: 'the recycle',
    attributes: ['baton.recycle', 'baton.pool', 'baton.slot', 'baton.from', 'baton.to', 'baton.in_flight', 'baton.outcome'],
    what: 'The step in which an adapter moves new work to another worker. Linked to the sampled requests that were in flight on the old one, at most 128.',
  },
  recycle: {
    name: 'baton.recycle',
    service: 'was',
    kind: 'internal',
    parent: 'none',
    attributes: [
      'baton.recycle',
      'baton.pool',
      'baton.slot',
      'baton.cause',
      'baton.requested_by',
      'baton.outcome',
      'baton.old_worker',
      'baton.new_worker',
      'baton.old_host',
      'baton.new_host',
      'baton.in_flight',
      'baton.finished',
      'baton.moved',
      'baton.replayed',
      'baton.failed',
      'baton.overlap_ms',
      'baton.longest_hold_ms',
      'baton.incomplete',
    ],
    what: 'A recycle, from the wish to the end of the old process. Always sampled; its trace id is in the receipt.',
  },
  phase: {
    name: 'baton.recycle.{phase}',
    service: 'was',
    kind: 'internal',
    parent: 'the recycle',
    attributes: [],
    what: 'One phase of a recycle: placing, starting, connecting, handover, draining, stopping.',
  },
  activation: {
    name: 'baton.activation',
    service: 'was',
    kind: 'internal',
    parent: 'none',
    attributes: ['baton.pool', 'baton.slot', 'baton.worker', 'baton.host', 'baton.generation', 'baton.cause', 'baton.start', 'error.type'],
    what: 'A start that is not part of a recycle, from the decision until the worker is ready or has failed. Always sampled.',
  },
  operation: {
    name: '{operation}',
    service: 'host',
    kind: 'internal',
    parent: 'the request, where its trace is sampled and it goes through modules or an extension',
    attributes: ['baton.pool', 'baton.slot', 'baton.worker', 'baton.bytes', 'error.type'],
    what: 'An overlapped operation of a handle that is associated with the thread pool, from its start to its completion: "overlapped read", "overlapped write".',
  },
  start: {
    name: 'baton.start',
    service: 'host',
    kind: 'server',
    parent: 'the recycle or the activation',
    attributes: ['baton.pool', 'baton.slot', 'baton.worker', 'baton.generation', 'baton.start', 'process.pid', 'error.type'],
    what: 'A start on its host: from the order until the worker is connected or has ended.',
  },
} as const satisfies Record<string, SpanDefinition>;
