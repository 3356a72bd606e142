// Question: is anything lost while the pool is recycled again and again under load, and do the receipts tell what the clients saw?
//
// Constant arrival of the mix of lib/kinds.js, a recycle every two seconds through the admin API. What is not answered in full is lost.
// The overlap of a recycle as clients see it: from the first begin of a request that the new generation answered to the last end of an answer
// of the old one. The receipt's overlap begins with the first Handover that an adapter obeyed, which the first such request follows within
// one gap between requests, and ends with the old worker's last work. loadtest/run puts the two side by side.
import exec from 'k6/execution';
import { Rate } from 'k6/metrics';
import { recycle } from '../lib/admin.js';
import { kindOf, kinds } from '../lib/kinds.js';
import { observeStart } from '../lib/observe.js';
import { send } from '../lib/send.js';
import { number } from '../lib/settings.js';
import { summarise } from '../lib/summary.js';

const rate = number('RATE', 300);
const seconds = number('SECONDS', 42);
const everySeconds = number('RECYCLE_EVERY_SECONDS', 2);
const slots = number('SLOTS', 1);
/** The last one begins so early that its old generation ends under load; k6 may send one more, at the very end of the time. */
const recycles = Math.floor((seconds - 3) / everySeconds);

/** True for each recycle that was refused. */
const refused = new Rate('recycles_refused');

export const options = {
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: rate,
      maxVUs: rate * 2,
      exec: 'load',
    },
    recycle: {
      executor: 'constant-arrival-rate',
      rate: 1,
      timeUnit: `${everySeconds}s`,
      startTime: '1s',
      duration: `${recycles * everySeconds}s`,
      preAllocatedVUs: 2,
      exec: 'askRecycle',
    },
  },
  thresholds: {
    lost: ['rate==0'],
    unsigned: ['rate==0'],
    recycles_refused: ['rate==0'],
    'iterations{scenario:load}': [`count>=${Math.floor(rate * seconds * 0.98)}`],
    'iterations{scenario:recycle}': [`count>=${recycles}`],
    ...Object.fromEntries(Object.keys(kinds).map((kind) => [`http_req_duration{kind:${kind}}`, ['p(99)<5000']])),
    ...everyGeneration(),
  },
  summaryTrendStats: ['min', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

export const setup = observeStart;

export function load(run) {
  const n = exec.scenario.iterationInTest;
  send(kindOf(n), n, run);
}

export function askRecycle() {
  let isRefused = true;
  try {
    isRefused = recycle(`load test, recycle ${exec.scenario.iterationInTest + 1}`).length === 0;
  } catch (error) {
    console.error(error.message);
  }
  refused.add(isRefused);
}

export const handleSummary = (data) => summarise(data, 'recycle-overlap: is anything lost while the pool is recycled?');

/** k6 keeps times of a generation apart only where a threshold names it; these hold always. */
function everyGeneration() {
  const thresholds = {};
  for (let slot = 1; slot <= slots; slot++) {
    for (let nth = 0; nth <= recycles + 1; nth++) {
      thresholds[`begun_at_ms{slot:${slot},nth:${nth}}`] = ['min>=0'];
      thresholds[`ended_at_ms{slot:${slot},nth:${nth}}`] = ['max>=0'];
    }
  }
  return thresholds;
}
