import {
  CLONE_FLAG_BASICS,
  CLONE_FLAG_ENTITY,
  CLONE_FLAG_HEADERS,
  CLONE_FLAG_NO_DAV,
  CLONE_FLAG_NO_PRECONDITION,
  CLONE_FLAG_SERVER_VARIABLE,
  EXECUTE_FLAG_BUFFER_RESPONSE,
  EXECUTE_FLAG_NO_HEADERS,
} from '../../constants/child-flags.ts';
import { HostError } from '../../errors/host-error.ts';
import { FRAMING_FIELDS, HOP_FIELDS, PRECONDITION_FIELDS } from '../field-names.ts';
import type { HostedContext } from '../hosted-context.ts';
import type { ChildTarget } from './child-exchange.ts';

const CLONE_FLAGS =
  CLONE_FLAG_BASICS | CLONE_FLAG_HEADERS | CLONE_FLAG_ENTITY | CLONE_FLAG_NO_PRECONDITION | CLONE_FLAG_NO_DAV | CLONE_FLAG_SERVER_VARIABLE;
const EXECUTE_FLAGS = EXECUTE_FLAG_NO_HEADERS | EXECUTE_FLAG_BUFFER_RESPONSE;

const DAV = new Set(['depth', 'destination', 'overwrite', 'if', 'lock-token', 'timeout', 'translate', 'dav']);

export function checkCloneFlags(flags: number): void {
  refuseOthers(flags, CLONE_FLAGS, 'cloneContext knows CLONE_FLAG_BASICS, HEADERS, ENTITY, NO_PRECONDITION, NO_DAV and SERVER_VARIABLE');
}

export function checkExecuteFlags(flags: number): void {
  refuseOthers(flags, EXECUTE_FLAGS, 'executeRequest knows EXECUTE_FLAG_NO_HEADERS and BUFFER_RESPONSE');
}

function refuseOthers(flags: number, known: number, what: string): void {
  if (!Number.isInteger(flags) || (flags & ~known) !== 0)
    throw new HostError(
      'ERROR_NOT_SUPPORTED',
      `${what}; 0x${(flags & ~known).toString(16)} has no meaning here, where there is one app and no cache.`,
    );
}

/** What a clone of the request asks for. */
export function targetOf({ req }: HostedContext, flags: number): ChildTarget {
  const hasBasics = (flags & CLONE_FLAG_BASICS) !== 0;
  const hasEntity = (flags & CLONE_FLAG_ENTITY) !== 0;
  const headers: string[] = [];
  if (flags & CLONE_FLAG_HEADERS)
    for (let index = 0; index < req.rawHeaders.length; index += 2) {
      const name = req.rawHeaders[index]!.toLowerCase();
      const isLeft =
        HOP_FIELDS.has(name) ||
        (!hasEntity && FRAMING_FIELDS.has(name)) ||
        ((flags & CLONE_FLAG_NO_PRECONDITION) !== 0 && PRECONDITION_FIELDS.has(name)) ||
        ((flags & CLONE_FLAG_NO_DAV) !== 0 && DAV.has(name));
      if (!isLeft) headers.push(req.rawHeaders[index]!, req.rawHeaders[index + 1]!);
    }
  return {
    method: hasBasics ? (req.method ?? 'GET') : 'GET',
    url: hasBasics ? (req.url ?? '/') : '/',
    headers,
    body: hasEntity ? req : undefined,
  };
}
