// Question: does this cluster answer every kind of request that the other scenarios consist of, through each of its addresses?

import exec from 'k6/execution';
import { kindOf, kinds } from '../lib/kinds.js';
import { observeStart } from '../lib/observe.js';
import { send } from '../lib/send.js';
import { number } from '../lib/settings.js';
import { summarise } from '../lib/summary.js';

const rate = number('RATE', 50);
const seconds = number('SECONDS', 5);

export const options = {
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: 20,
      maxVUs: 60,
      exec: 'load',
    },
  },
  thresholds: {
    lost: ['rate==0'],
    unsigned: ['rate==0'],
    'iterations{scenario:load}': [`count>=${Math.floor(rate * seconds * 0.98)}`],
    ...Object.fromEntries(Object.keys(kinds).map((kind) => [`http_req_duration{kind:${kind}}`, ['p(99)<5000']])),
  },
  summaryTrendStats: ['min', 'med', 'p(99)', 'max', 'count'],
};

export const setup = observeStart;

export function load(run) {
  const n = exec.scenario.iterationInTest;
  send(kindOf(n), n, run);
}

export const handleSummary = (data) => summarise(data, 'smoke: is every kind of request answered?');
