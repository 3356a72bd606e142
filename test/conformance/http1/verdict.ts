import type { CaseResult } from '../suite.ts';
import { hasRefused, type Played } from './play.ts';
import type { Probe, Sight } from './probe.ts';

/** A request as the app wrote it down. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly version: string;
  readonly headers: readonly string[];
  readonly trailers: readonly string[];
  readonly body: string;
}

type Conduct = 'accepted' | 'refused' | 'closed' | 'waits';

/** Holds what the client and the app saw against the demand. */
export function verdictOn(probe: Probe, id: string, played: Played, seen: readonly SeenRequest[]): CaseResult {
  const conduct = conductOf(probe, played);
  const refusal = played.responses.find(({ status }) => status >= 400)?.status;
  const observed = conduct === 'refused' ? `${refusal}${played.isClosed ? '' : ', stays open'}` : conduct;
  const { section, title } = probe;
  const wrong = faultOf(probe, id, played, seen, conduct, refusal);
  return { id: probe.id, section, title, outcome: wrong ? 'failed' : 'passed', observed, detail: wrong ?? '' };
}

function conductOf({ sees = [{}] }: Probe, { responses, isClosed }: Played): Conduct {
  if (hasRefused(responses)) return 'refused';
  if (responses.length >= Math.max(1, sees.length)) return 'accepted';
  return isClosed ? 'closed' : 'waits';
}

function faultOf(
  probe: Probe,
  id: string,
  played: Played,
  seen: readonly SeenRequest[],
  conduct: Conduct,
  refusal: number | undefined,
): string | undefined {
  const { must } = probe;
  if (played.fault) return `the answer is not HTTP/1.1: ${played.fault}`;
  if (conduct === 'waits') return probe.mayWait && seen.length === 0 ? undefined : `expected ${wanted(probe)}, and nothing came`;
  if (conduct === 'accepted')
    return must === 'reject' ? `expected a refusal, the app saw ${shown(seen)}` : acceptedFault(probe, id, played, seen);
  if (must === 'accept') return `expected ${wanted(probe)}, it was refused with ${refusal ?? 'the end of the connection'}`;
  return refusedFault(probe, id, played, seen, refusal);
}

function acceptedFault(probe: Probe, id: string, played: Played, seen: readonly SeenRequest[]): string | undefined {
  const { sees = [{}], closes = false, hasTail = true, check } = probe;
  const due = [...sees, ...(hasTail && !closes ? [{ url: '/tail-%ID%' }] : [])];
  if (seen.length !== due.length) return `expected the app to see ${due.length} requests, it saw ${shown(seen)}`;
  // Safe requests may run at once, in two workers where one takes over: the answers show the order.
  const left = [...seen];
  for (const [index, sight] of due.entries()) {
    const at = left.findIndex((request) => sightFault(sight, request, id) === undefined);
    if (at < 0) return `request ${index + 1}: ${sightFault(sight, left[0]!, id)}`;
    left.splice(at, 1);
  }
  if (played.responses.length !== due.length) return `expected ${due.length} answers, ${played.responses.length} came`;
  if (played.leftover !== '') return `bytes behind the last answer: ${JSON.stringify(played.leftover.slice(0, 80))}`;
  for (const [index, { url = '/%ID%' }] of due.entries()) {
    const echoed = /"url":("(?:[^"\\\\]|\\\\.)*")/.exec(played.responses[index]!.body)?.[1];
    if (echoed && JSON.parse(echoed) !== url.replaceAll('%ID%', id)) return `answer ${index + 1} is that of ${echoed}`;
  }
  if (closes && !played.isClosed) return 'expected the connection to end behind the answer, it stays open';
  return check?.(played.responses);
}

/** What the app may have seen of a refused connection: whole requests ahead of the bad one; the tail only where the end of the bad one was clear. */
function refusedFault(
  probe: Probe,
  id: string,
  played: Played,
  seen: readonly SeenRequest[],
  refusal: number | undefined,
): string | undefined {
  const { sees = [{}], mayStay = false, refusals } = probe;
  if (refusals && refusal !== undefined && !refusals.includes(refusal)) return `expected ${refusals.join(' or ')}, got ${refusal}`;
  const ahead = probe.must === 'reject' && probe.sees ? sees : [];
  const rest = [...seen];
  for (const sight of ahead) if (rest[0] && sightFault(sight, rest[0], id) === undefined) rest.shift();
  if (mayStay && rest[0]?.url === `/tail-${id}`) rest.shift();
  // The app itself may be the one that refuses.
  if (mayStay && rest[0] && sightFault(sees.at(-1) ?? {}, rest[0], id) === undefined) rest.shift();
  if (mayStay && rest[0]?.url === `/tail-${id}`) rest.shift();
  if (rest.length > 0) return `it was refused, and yet the app saw ${shown(rest)}`;
  if (!played.isClosed && !mayStay) return 'it was refused, and the connection stays open';
  return undefined;
}

function sightFault(sight: Sight, seen: SeenRequest, id: string): string | undefined {
  const fill = (text: string) => text.replaceAll('%ID%', id);
  const expected = {
    method: sight.method ?? 'GET',
    url: fill(sight.url ?? '/%ID%'),
    version: sight.version ?? '1.1',
    body: fill(sight.body ?? ''),
  };
  for (const key of ['method', 'url', 'version', 'body'] as const)
    if (expected[key] !== seen[key]) return `expected ${key} ${JSON.stringify(expected[key])}, the app saw ${JSON.stringify(seen[key])}`;
  for (const [name, value] of sight.has ?? []) {
    const isThere = seen.headers.some((text, index) => index % 2 === 0 && text === name && seen.headers[index + 1] === fill(value));
    if (!isThere) return `expected the field ${JSON.stringify([name, value])}, the app saw ${JSON.stringify(seen.headers)}`;
  }
  const names = seen.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  for (const name of sight.hasNot ?? []) if (names.includes(name)) return `the app saw a field ${name}`;
  if (sight.trailers && JSON.stringify(sight.trailers) !== JSON.stringify(seen.trailers))
    return `expected trailers ${JSON.stringify(sight.trailers)}, the app saw ${JSON.stringify(seen.trailers)}`;
  return undefined;
}

const wanted = ({ must }: Probe): string => ({ accept: 'it to be served', reject: 'a refusal', either: 'an answer' })[must];
const shown = (seen: readonly SeenRequest[]): string =>
  seen.length === 0
    ? 'nothing'
    : seen
        .map(({ method, url, body }) => JSON.stringify(`${method} ${url} ${body}`))
        .join(', ')
        .slice(0, 300);
