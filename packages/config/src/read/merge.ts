import { z } from 'zod';
import { shapeOf, unwrap } from '../schema/facts.ts';

type Written = Readonly<Record<string, unknown>>;

/** Lays `written` over `defaults`, group by group of the schema and variable by variable; anything else that is written replaces its default. */
export function mergeWritten(schema: z.ZodType, defaults: unknown, written: unknown): unknown {
  const inner = unwrap(schema);
  if (!isMapping(defaults) || !isMapping(written)) return written === undefined ? defaults : written;
  if (inner instanceof z.ZodRecord) return { ...defaults, ...written };
  if (!(inner instanceof z.ZodObject)) return written;
  const shape = shapeOf(inner);
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(written)) {
    const member = shape.get(key);
    merged[key] = member ? mergeWritten(member, defaults[key], value) : value;
  }
  return merged;
}

function isMapping(value: unknown): value is Written {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
