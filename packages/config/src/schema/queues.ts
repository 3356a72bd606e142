import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { describe } from './facts.ts';
import { integer, line, written } from './kinds.ts';
import { setting } from './setting.ts';

/** Jobs begun in a time. */
export interface Rate {
  /** 0 = no limit. */
  readonly max: number;
  readonly durationMs: number;
}

const RATE = 'a rate such as 100/1s or 5000/1h, or 0 for none';
const REDIS = 'a redis:// or rediss:// URL, or { fromEnv: NAME }';

function readRate(value: unknown): { ok: Rate } | { refused: { expects: string } } {
  if (value === 0 || value === '0') return { ok: { max: 0, durationMs: 0 } };
  const [, max, duration] = (typeof value === 'string' ? /^(\d{1,9})\/(\S{1,40})$/.exec(value) : null) ?? [];
  const parsed = parseDuration(duration);
  if (max === undefined || !('ms' in parsed) || Number(max) < 1 || parsed.ms < 1 || parsed.ms > 86_400_000)
    return { refused: { expects: RATE } };
  return { ok: { max: Number(max), durationMs: parsed.ms } };
}

function readRedis(value: unknown): { ok: string } | { refused: { expects: string } } {
  if (typeof value === 'string' && URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol)) return { ok: value };
  if (typeof value === 'object' && value !== null) {
    const [[key, name] = [], ...others] = Object.entries(value);
    if (key === 'fromEnv' && typeof name === 'string' && /^[A-Za-z_]\w{0,255}$/.test(name) && others.length === 0)
      return { ok: `env:${name}` };
  }
  return { refused: { expects: REDIS } };
}

/** How the jobs of one queue are taken; counted over all adapters. */
export const queue = z.strictObject({
  concurrency: setting(integer(1, 100_000), 10, 'Jobs in execution at once.'),
  rate: setting(
    written<Rate>(readRate, { expects: RATE, json: { type: ['string', 'integer'], pattern: '^(0|\\d{1,9}/.+)$', examples: ['100/1s'] } }),
    0,
    'Jobs begun in a time; 0 = no limit.',
  ),
  maxStalls: setting(integer(0, 1000), 3, 'Deaths of a worker that one job survives; then it fails. Never counted as an attempt.'),
  redis: describe(
    written<string>(readRedis, {
      expects: REDIS,
      json: { anyOf: [{ type: 'string' }, { type: 'object', properties: { fromEnv: { type: 'string' } }, required: ['fromEnv'] }] },
    }).optional(),
    { about: "Redis of the queue's jobs, as the adapters reach it; left out, the one that the adapters are started with." },
  ),
  prefix: setting(line('a key prefix', 128), 'bull', 'Prefix of the keys, as the producers have it.'),
});

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Settings by name of the queue. */
export function queues() {
  const name = describe(z.string().regex(NAME), { expects: 'the name of a queue: letters, digits, ".", "_" and "-"' });
  return describe(z.record(name, queue), { expects: 'a mapping of names of queues to their settings' });
}
