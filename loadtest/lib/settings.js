// What a run is told through its environment; the runner (loadtest/run) sets it, `k6 run -e NAME=VALUE` can too.

/** Public addresses of the cluster, one for each adapter or one that they share. */
export const urls = (__ENV.BATON_URLS || 'http://127.0.0.1:8080').split(',');
export const adminUrl = __ENV.BATON_ADMIN || 'http://127.0.0.1:8081';
export const token = __ENV.BATON_TOKEN || '';
export const pool = __ENV.BATON_POOL || 'load';

/** Where the summary goes, JSON. */
export const summaryFile = __ENV.SUMMARY || 'summary.json';

/** A number of the environment, or what the scenario takes for it. */
export function number(name, byDefault) {
  const value = Number(__ENV[name] || byDefault);
  if (!(value > 0)) throw new Error(`${name} is a number above 0, got "${__ENV[name]}"`);
  return value;
}
