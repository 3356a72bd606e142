import type { IncomingMessage } from 'node:http';
import type { HostedContext } from './hosted-context.ts';

const contexts = new WeakMap<IncomingMessage, HostedContext>();

/** The context of a request that goes, or went, through a pipeline; child requests have their own. */
export function contextOf(req: IncomingMessage): HostedContext | undefined {
  return contexts.get(req);
}

/** Said by each context as it is made. */
export function setContextOf(req: IncomingMessage, context: HostedContext): void {
  contexts.set(req, context);
}
