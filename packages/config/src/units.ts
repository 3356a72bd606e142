import { z } from 'zod';
import { type Bytes, factsOf, type Ms, shapeOf, unwrap } from './schema/facts.ts';

type BytesKey<K extends string> = K extends `${string}Bytes` ? K : `${K}Bytes`;

/** The type of a parsed file with the unit in the name of each duration and size: `idleTimeout` becomes `idleTimeoutMs`. */
export type WithUnits<T> = T extends readonly (infer U)[]
  ? readonly WithUnits<U>[]
  : T extends object
    ? {
        readonly [K in keyof T & string as T[K] extends Ms ? `${K}Ms` : T[K] extends Bytes ? BytesKey<K> : K]: T[K] extends Ms | Bytes
          ? number
          : WithUnits<T[K]>;
      }
    : T;

/** Renames as the type says; values stay as they are. */
export function nameUnits(schema: z.ZodType, value: unknown): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) return value.map((item) => nameUnits(inner.element as z.ZodType, item));
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null) return value;
  const shape = shapeOf(inner);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const memberSchema = shape.get(key)!;
      const unit = factsOf(memberSchema).unit ?? '';
      return [key.endsWith(unit) ? key : `${key}${unit}`, nameUnits(memberSchema, member)];
    }),
  );
}
