import { summaryFile } from './settings.js';

/** What a person looks at; the runner prints the times of generations as overlaps. */
const SHOWN = /^(lost|unsigned|recycles_refused|http_req_duration\{kind|iterations\{|dropped_iterations|vus_max)/;

/** All metrics as JSON in the summary file, and a few lines for whoever watches. The runner judges by the file. */
export function summarise(data, question) {
  const lines = [question, ''];
  for (const name of Object.keys(data.metrics).sort()) {
    const { values, thresholds } = data.metrics[name];
    if (!SHOWN.test(name)) continue;
    const isBad = Object.values(thresholds || {}).some(({ ok }) => !ok);
    lines.push(
      `${isBad ? '✗' : ' '} ${name.padEnd(34)} ${Object.entries(values)
        .map(([key, value]) => `${key}=${round(value)}`)
        .join('  ')}`,
    );
  }
  return { [summaryFile]: JSON.stringify(data), stdout: `${lines.join('\n')}\n` };
}

function round(value) {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value;
}
