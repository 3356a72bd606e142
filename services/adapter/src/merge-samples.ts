import { Histogram, type Reading } from '@baton/telemetry';

type Value = Reading['samples'][number]['value'];

/** The oldest of several queues is the oldest of all; everything else adds up. */
const HIGHEST: ReadonlySet<Reading['name']> = new Set(['queueAge']);

/** One sample for each set of labels: the channels of a pool are told together, whether it has one or one for each application. */
export function mergeSamples({ name, samples }: Reading): Reading {
  const merged = new Map<string, Reading['samples'][number]>();
  for (const sample of samples) {
    const key = JSON.stringify(Object.entries(sample.labels).sort());
    const known = merged.get(key);
    merged.set(key, known ? { labels: known.labels, value: together(name, known.value, sample.value) } : sample);
  }
  return { name, samples: [...merged.values()] };
}

function together(name: Reading['name'], a: Value, b: Value): Value {
  if (a instanceof Histogram && b instanceof Histogram) return a.plus(b);
  return HIGHEST.has(name) ? Math.max(a as number, b as number) : (a as number) + (b as number);
}
