import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { describe } from './facts.ts';

type Shape = Record<string, z.ZodType>;

/** A setting that acts: `fallback` is its default, as an operator would write it. */
export function setting<S extends z.ZodType>(schema: S, fallback: z.input<S>, about: string): z.ZodPrefault<S> {
  return describe(schema.prefault(fallback as never), { about, fallback });
}

/** A setting of a later release: its form is checked, then any value but the default is refused by name. */
export function laterSetting<S extends z.ZodType>(schema: S, fallback: z.input<S>, about: string): z.ZodPrefault<S> {
  const standing = schema.parse(fallback);
  const guarded = schema.superRefine((value, context) => {
    if (!isDeepStrictEqual(value, standing)) context.addIssue({ code: 'custom', params: { notYet: true } });
  });
  return describe(guarded.prefault(fallback as never), { about, fallback, isLater: true });
}

/** A mapping with these keys and no others; left out, it has the defaults of its keys. */
export function group<S extends Shape>(about: string, shape: S) {
  return describe(z.strictObject(shape).prefault({} as never), { about });
}

/** The same mapping with every key optional and no default filled in, for files of defaults and for overrides. */
export function withoutDefaults(schema: z.ZodObject, leaveOut: readonly string[] = []): z.ZodType<Record<string, unknown>> {
  const shape: Shape = {};
  for (const [key, value] of Object.entries(schema.shape as Shape)) {
    if (leaveOut.includes(key)) continue;
    const inner = value instanceof z.ZodPrefault || value instanceof z.ZodOptional ? (value.unwrap() as z.ZodType) : value;
    const loose = inner instanceof z.ZodObject ? withoutDefaults(inner) : inner;
    shape[key] = loose.optional();
  }
  return z.strictObject(shape);
}
