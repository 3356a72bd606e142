import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { TraceContext } from '@baton/sdk/host';

const running = new AsyncLocalStorage<IncomingMessage>();

/** Runs `act` as part of a request. */
export function runInTrace(req: IncomingMessage, act: () => void): void {
  running.run(req, act);
}

/** The trace of the request that runs here, as the adapter named it; of requests that go through a pipeline. */
export function runningTrace(): TraceContext | undefined {
  const req = running.getStore();
  return req && traceOf(req);
}

/** W3C trace context, version 00: the last two digits are flags, the lowest bit of which says sampled. */
export function traceOf({ headers: { traceparent } }: IncomingMessage): TraceContext | undefined {
  if (typeof traceparent !== 'string' || !/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)) return undefined;
  return { traceparent, isSampled: (Number.parseInt(traceparent.slice(-2), 16) & 1) === 1 };
}
