import { Rate, Trend } from 'k6/metrics';
import { kinds } from './kinds.js';
import { urls } from './settings.js';
import { readWorker } from './worker-header.js';

/** True for each request that was not answered in full, whatever the reason: refused connections and time-outs are ours too. */
export const lost = new Rate('lost');
/** True for each answer that does not say which worker gave it. */
export const unsigned = new Rate('unsigned');
/** When requests began and their answers ended, ms since the run began, by slot and by recycles since (tag `nth`). */
export const begun = new Trend('begun_at_ms');
export const ended = new Trend('ended_at_ms');

/**
 * Sends the nth request to one of the addresses in turn and counts what came of it.
 *
 * - `run`: what setup() gave, see observe.js; its clock and generations are what begun_at_ms and ended_at_ms start from.
 */
export function send(kind, n, run) {
  const calledAt = Date.now();
  const { response, isWhole } = kinds[kind](urls[n % urls.length], { tags: { kind, name: kind }, timeout: '60s' });
  const endedAt = Date.now();
  lost.add(!isWhole, { kind });
  if (!isWhole) console.error(`lost ${kind}: status ${response.status}, ${describe(response)}`);
  const worker = readWorker(response.headers['X-Baton-Worker']);
  if (response.status === 200) unsigned.add(worker === undefined);
  if (worker === undefined) return;
  const { blocked, connecting, tls_handshaking: handshaking } = response.timings;
  const tags = { slot: String(worker.slot), nth: String(worker.generation - (run.generations[worker.slot] || 0)) };
  begun.add(calledAt + blocked + connecting + handshaking - run.startedAtMs, tags);
  ended.add(endedAt - run.startedAtMs, tags);
}

/** Why an answer is not whole, in a few words. */
function describe(response) {
  if (response.error) return `${response.error} (k6 ${response.error_code})`;
  const code = response.headers['X-Baton-Error'];
  return code ? `x-baton-error ${code}` : `the body has ${response.body ? response.body.length : 0} characters`;
}
