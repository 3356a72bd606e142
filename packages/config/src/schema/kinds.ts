import { z } from 'zod';
import { formatDuration, parseDuration } from './duration.ts';
import { type Bytes, describe, type Facts, type Ms } from './facts.ts';
import { parseSize } from './size.ts';

/** What a reader of written values answers when it cannot read one. */
export interface Refusal {
  readonly expects: string;
  readonly nearest?: string | undefined;
}

/** A value that operators write in a form of its own and the program reads as `T`. */
export function written<T>(read: (value: unknown) => { ok: T } | { refused: Refusal }, facts: Facts) {
  const schema = z.unknown().transform((value, context): T => {
    const answer = read(value);
    if ('ok' in answer) return answer.ok;
    context.addIssue({ code: 'custom', params: { ...answer.refused } });
    return z.NEVER;
  });
  return describe(schema, facts);
}

export function integer(min: number, max: number) {
  return describe(z.int().min(min).max(max), { expects: `a whole number from ${min} to ${max}` });
}

export function flag() {
  return describe(z.boolean(), { expects: 'true or false', values: ['true', 'false'] });
}

/** One of these words; the spelling of IIS, with a capital first letter, counts too. */
export function choice<const V extends readonly [string, ...string[]]>(...values: V) {
  const expects = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`;
  return written<V[number]>(
    (value) => {
      const found = values.find((word) => word === value || word.charAt(0).toUpperCase() + word.slice(1) === value);
      return found === undefined ? { refused: { expects } } : { ok: found };
    },
    { expects, values, json: { enum: values } },
  );
}

/** Non-empty text of at most `maxLength` characters on one line. */
export function line(expects: string, maxLength = 1024) {
  return describe(
    z
      .string()
      .min(1)
      .max(maxLength)
      .regex(/^[^\p{Cc}]*$/u),
    { expects },
  );
}

/** What follows the host in a URL that is requested: path and query, of printable ASCII. */
export function path() {
  const form = /^\/[!"$-~]*$/;
  return describe(z.string().max(2_048).regex(form), { expects: 'a path such as /health, from its "/" on' });
}

export interface DurationRange {
  /** ms. @default 0, which turns the setting off */
  readonly minMs?: number;
  readonly maxMs: number;
}

/** A duration, read as milliseconds. */
export function duration({ minMs = 0, maxMs }: DurationRange) {
  const range = `${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  const form = `a duration such as 90s, 20m, 29h or 00:01:30`;
  return written<Ms>(
    (value) => {
      const parsed = parseDuration(value);
      if ('nearest' in parsed) return { refused: { expects: form, nearest: parsed.nearest } };
      if (parsed.ms < minMs || parsed.ms > maxMs) return { refused: { expects: `${form}, from ${range}` } };
      return { ok: parsed.ms as Ms };
    },
    {
      expects: `${form}, from ${range}`,
      unit: 'Ms',
      json: {
        type: ['string', 'integer'],
        pattern: '^(0|(\\d+(\\.\\d+)?(ms|s|m|h|d))+|(\\d+\\.)?\\d+:\\d\\d:\\d\\d)$',
        examples: ['90s', '20m', '29h', '00:01:30'],
      },
    },
  );
}

export interface SizeOptions {
  /** What a number without a unit counts. IIS gives memory limits in KB. */
  readonly plainNumber: 'bytes' | 'KB';
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

/** A size, read as bytes. */
export function size({ plainNumber, minBytes = 0, maxBytes = Number.MAX_SAFE_INTEGER }: SizeOptions) {
  const form = `a size such as 16KiB or 512MiB, or a number of ${plainNumber}`;
  const range = maxBytes === Number.MAX_SAFE_INTEGER ? '' : `, from ${minBytes} to ${maxBytes} bytes`;
  return written<Bytes>(
    (value) => {
      const parsed = parseSize(value, plainNumber === 'KB' ? 1024 : 1);
      if ('nearest' in parsed) return { refused: { expects: form, nearest: parsed.nearest } };
      if (parsed.bytes < minBytes || parsed.bytes > maxBytes) return { refused: { expects: `${form}${range}` } };
      return { ok: parsed.bytes as Bytes };
    },
    {
      expects: `${form}${range}`,
      unit: 'Bytes',
      json: { type: ['string', 'integer'], pattern: '^\\d+(\\.\\d+)?(B|KiB|MiB|GiB|TiB)$', minimum: 0, examples: ['16KiB', '512MiB'] },
    },
  );
}
