import { RQ_AUTHENTICATE_REQUEST, RQ_MAP_REQUEST_HANDLER } from '../constants/request-notifications.ts';
import type { HostedContext } from '../context/hosted-context.ts';
import type { Stage } from './plan.ts';

/** What handlers get whose notification brings nothing. */
const NOTHING = Object.freeze({});

/** Second argument of the handlers of one of the twelve steps. */
export function providerOf({ notification, isPost }: Stage, context: HostedContext): object {
  const isContext = notification === RQ_AUTHENTICATE_REQUEST || notification === RQ_MAP_REQUEST_HANDLER;
  return isContext && !isPost ? context : NOTHING;
}
