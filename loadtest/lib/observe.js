import http from 'k6/http';
import { read } from './admin.js';
import { pool, urls } from './settings.js';

/**
 * Wakes the pool through each address, then notes the clock and the generation of each slot: what the times and the tag `nth` of a run begin at.
 *
 * - Throws when the pool does not answer, or its answers do not name their worker (diagnosticHeaders: true is needed).
 */
export function observeStart() {
  for (const url of urls) {
    const response = http.get(`${url}/quick`, { tags: { kind: 'first', name: 'first' }, timeout: '60s' });
    if (response.status !== 200) throw new Error(`${url}/quick answered ${response.status} ${response.error || response.body}`);
    if (!response.headers['X-Baton-Worker']) throw new Error(`${url} does not say x-baton-worker: set diagnosticHeaders: true`);
  }
  const generations = {};
  for (const worker of read(`workers?pool=${pool}`)) {
    const slot = Number(worker.slot.split('/')[1]);
    generations[slot] = Math.max(generations[slot] || 0, worker.generation);
  }
  return { startedAtMs: Date.now(), generations };
}
