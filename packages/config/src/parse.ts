import type { z } from 'zod';
import { configInvalid, type Problem } from './problem.ts';
import { crossCheck } from './read/cross-checks.ts';
import { toProblems } from './read/issues.ts';
import { mergeWritten } from './read/merge.ts';
import { readYaml } from './read/yaml.ts';
import { app } from './schema/app.ts';
import { file as fileSchema } from './schema/file.ts';
import { limits } from './schema/limits.ts';
import { pool } from './schema/pool.ts';
import { queue } from './schema/queues.ts';
import { nameUnits, type WithUnits } from './units.ts';

export type Limits = WithUnits<z.output<typeof limits>>;
export type PoolConfig = WithUnits<Omit<z.output<typeof pool>, 'identity'>> & { readonly identity: string };
export type AppConfig = WithUnits<Omit<z.output<typeof app>, 'limits'>> & { readonly limits: Limits };

/** A whole baton.yaml: validated, defaults filled in, durations in ms and sizes in bytes with the unit in the name, frozen. */
export interface Config {
  readonly apiVersion: 'baton/v1';
  readonly listen: { readonly admin: { readonly host: string; readonly port: number }; readonly onWasLost: 'serve' | 'stopListening' };
  readonly pools: readonly PoolConfig[];
  readonly apps: readonly AppConfig[];
  /** Of the file; each app has its own, merged with these. */
  readonly limits: Limits;
  readonly trustProxy: boolean;
  readonly diagnosticHeaders: boolean;
  /** Certificates of https and tls bindings. */
  readonly tls: readonly { readonly host: string; readonly cert: string; readonly key: string }[];
  /** By the name of the queue: those that have settings of their own, and every one that an app is bound to. */
  readonly queues: Readonly<Record<string, QueueConfig>>;
  /** Listener adapters of other protocols that may register. */
  readonly listenerAdapters: readonly { readonly name: string }[];
}

export interface QueueConfig {
  readonly concurrency: number;
  /** Jobs begun in `rateDurationMs`; 0 = no limit. */
  readonly rateMax: number;
  readonly rateDurationMs: number;
  readonly maxStalls: number;
  /** A URL, "env:NAME" for one that the adapters have in their environment, or empty: the one they are started with. */
  readonly redisUrl: string;
  readonly prefix: string;
}

export interface ParseOptions {
  /** Name of the file in problems. */
  readonly file: string;
}

/**
 * Reads the text of a baton.yaml.
 *
 * - Throws one CONFIG_INVALID whose `details.problems` holds every problem (`problemsOf`).
 * - Paths stay as written; the worker host resolves an entry against its app root, and `rewritePaths` makes those of certificates absolute.
 */
export function parseConfig(text: string, { file }: ParseOptions): Config {
  const problems: Problem[] = [];
  const yaml = readYaml(text, file, problems);
  if (!yaml) throw configInvalid(problems);
  const written = yaml.value;
  const parsed = fileSchema.safeParse(written);
  if (!parsed.success) problems.push(...toProblems(parsed.error.issues, fileSchema, yaml, file));
  problems.push(...crossCheck(yaml, file));
  if (!parsed.success || problems.length > 0) throw configInvalid(problems);
  return toConfig(written as z.input<typeof fileSchema>, parsed.data);
}

type Written = z.input<typeof fileSchema>;

function toConfig(written: Written, parsed: z.output<typeof fileSchema>): Config {
  const fileLimits = nameUnits(limits, parsed.limits) as Limits;
  const pools = (written.pools ?? []).map((one): PoolConfig => {
    const merged = pool.parse(mergeWritten(pool, written.poolDefaults ?? {}, one));
    return { ...(nameUnits(pool, merged) as PoolConfig), identity: merged.identity ?? merged.name };
  });
  const apps = parsed.apps.map((one, index): AppConfig => {
    const own = limits.parse(mergeWritten(limits, written.limits ?? {}, written.apps?.[index]?.limits ?? {}));
    return { ...(nameUnits(app, one) as AppConfig), limits: nameUnits(limits, own) as Limits };
  });
  const { apiVersion, listen, trustProxy, diagnosticHeaders, tls, listenerAdapters } = parsed;
  const queues = toQueues(parsed);
  return freeze({ apiVersion, listen, pools, apps, limits: fileLimits, trustProxy, diagnosticHeaders, tls, queues, listenerAdapters });
}

function toQueues({ queues, apps }: z.output<typeof fileSchema>): Record<string, QueueConfig> {
  const bound = apps.flatMap(({ bindings }) => bindings.flatMap((binding) => (binding.queue === undefined ? [] : [binding.queue])));
  return Object.fromEntries(
    [...new Set([...bound, ...Object.keys(queues)])].map((name) => {
      const {
        concurrency,
        rate,
        maxStalls,
        redis = '',
        prefix,
      } = (Object.hasOwn(queues, name) ? queues[name] : undefined) ?? queue.parse({});
      return [name, { concurrency, rateMax: rate.max, rateDurationMs: rate.durationMs, maxStalls, redisUrl: redis, prefix }];
    }),
  );
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
