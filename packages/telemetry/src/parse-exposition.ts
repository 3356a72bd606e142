import { BatonError } from '@baton/core';

export interface ExpositionSample {
  /** Of the family, or with _bucket, _sum or _count behind it. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExpositionFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly ExpositionSample[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?(?:\d+\.?\d*(?:e[+-]?\d+)?)|[+-]Inf|NaN)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

/**
 * Reads Prometheus's text format, more strictly than Prometheus does; throws INVALID_ARGUMENT with the line at the first thing that is wrong.
 *
 * - Each family once, HELP then TYPE then its samples; no series twice; a counter ends with _total and is not negative.
 * - A histogram's buckets grow up to +Inf, which equals its count.
 */
export function parseExposition(text: string): Map<string, ExpositionFamily> {
  if (!text.endsWith('\n')) throw wrong('the last line has no end', text.slice(-80));
  const families = new Map<string, ExpositionFamily & { samples: ExpositionSample[] }>();
  let family: (ExpositionFamily & { samples: ExpositionSample[] }) | undefined;
  let help: readonly [name: string, text: string] | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helpName, helpText] = HELP.exec(line) ?? [];
    const [, typeName, type] = TYPE.exec(line) ?? [];
    if (helpName !== undefined) {
      if (families.has(helpName)) throw wrong('a second HELP of a family', line);
      help = [helpName, helpText!];
      family = undefined;
    } else if (typeName !== undefined) {
      if (help?.[0] !== typeName) throw wrong('a TYPE without its HELP before it', line);
      family = { name: typeName, help: help[1], type: type as ExpositionFamily['type'], samples: [] };
      if (type === 'counter' && !typeName.endsWith('_total')) throw wrong('a counter whose name does not end with _total', line);
      families.set(typeName, family);
    } else if (family) family.samples.push(readSample(line, family));
    else throw wrong('a sample outside a family', line);
  }
  for (const one of families.values()) checkFamily(one);
  return families;
}

function readSample(line: string, family: ExpositionFamily): ExpositionSample {
  const [, name, labelText = '', valueText] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw wrong('neither HELP nor TYPE nor a sample', line);
  const suffix = name.startsWith(family.name) ? name.slice(family.name.length) : undefined;
  const isOurs = family.type === 'histogram' ? ['_bucket', '_sum', '_count'].includes(suffix ?? '') : suffix === '';
  if (!isOurs) throw wrong(`a sample of another family than ${family.name}`, line);
  const value = valueText === '+Inf' ? Number.POSITIVE_INFINITY : valueText === '-Inf' ? Number.NEGATIVE_INFINITY : Number(valueText);
  if (family.type === 'counter' && !(value >= 0)) throw wrong('a counter below 0', line);
  return { name, labels: readLabels(labelText, line), value };
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    LABEL.lastIndex = at;
    const [whole, name, value] = LABEL.exec(text) ?? [];
    if (whole === undefined || name === undefined) throw wrong('labels that are not name="value",…', line);
    if (Object.hasOwn(labels, name)) throw wrong(`label ${name} twice`, line);
    labels[name] = value!.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    at += whole.length;
  }
  return labels;
}

function checkFamily({ name, type, samples }: ExpositionFamily): void {
  const seen = new Set<string>();
  for (const sample of samples) {
    const series = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(series)) throw wrong('a series twice', series);
    seen.add(series);
  }
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly ExpositionSample[]): void {
  const withoutBound = ({ labels }: ExpositionSample) => JSON.stringify(Object.entries(labels).filter(([label]) => label !== 'le'));
  for (const [series, all] of Object.entries(Object.groupBy(samples, withoutBound))) {
    const buckets = all!.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)));
    const count = all!.find((sample) => sample.name === `${name}_count`)?.value;
    if (bounds.some((bound, i) => !(bound > (bounds[i - 1] ?? Number.NEGATIVE_INFINITY))))
      throw wrong('bounds that do not grow', `${name} ${series}`);
    if (buckets.some(({ value }, i) => value < (buckets[i - 1]?.value ?? 0)))
      throw wrong('buckets that do not add up', `${name} ${series}`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || buckets.at(-1)?.value !== count)
      throw wrong('no bucket +Inf that equals the count', `${name} ${series}`);
    if (!all!.some((sample) => sample.name === `${name}_sum`)) throw wrong('no sum', `${name} ${series}`);
  }
}

function wrong(what: string, where: string): BatonError {
  return new BatonError('INVALID_ARGUMENT', `metrics text: ${what}: ${where}`);
}
