import { z } from 'zod';

/** A number of milliseconds; its key gets "Ms" in `Config`. */
export type Ms = number & { readonly unit: 'Ms' };

/** A number of bytes; its key ends with "Bytes" in `Config`. */
export type Bytes = number & { readonly unit: 'Bytes' };

/** What docs, messages and the JSON schema say of one schema; the rules themselves are in the schema. */
export interface Facts {
  /** One sentence for docs/config.md. */
  readonly about?: string;
  /** Completes "expected …". */
  readonly expects?: string;
  /** Every valid value, where they can be listed; candidates for "did you mean". */
  readonly values?: readonly string[];
  /** Of the value after reading; decides the key's name in `Config`. */
  readonly unit?: 'Ms' | 'Bytes';
  /** The default as an operator would write it. */
  readonly fallback?: unknown;
  /** True when only the default is accepted in this release. */
  readonly isLater?: boolean;
  /** JSON schema of the written form, where zod cannot derive it. */
  readonly json?: Readonly<Record<string, unknown>>;
}

const registry = z.registry<Facts>();

/** Adds facts to a schema and returns it. */
export function describe<S extends z.ZodType>(schema: S, facts: Facts): S {
  registry.add(schema, { ...registry.get(schema), ...facts });
  return schema;
}

export function factsOf(schema: z.ZodType): Facts {
  return { ...(isWrapped(schema) ? factsOf(schema.unwrap() as z.ZodType) : {}), ...registry.get(schema) };
}

/** The schema without its default and optional wrappers. */
export function unwrap(schema: z.ZodType): z.ZodType {
  return isWrapped(schema) ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

function isWrapped(schema: z.ZodType): schema is z.ZodPrefault | z.ZodOptional {
  return schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
}

/** The schema that stands at a key path, with its wrappers, or undefined where the path leaves the schema. */
export function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = root;
  for (const step of path) {
    const owner: z.ZodType | undefined = schema && unwrap(schema);
    if (owner instanceof z.ZodObject) schema = shapeOf(owner).get(String(step));
    else if (owner instanceof z.ZodArray) schema = owner.element as z.ZodType;
    else if (owner instanceof z.ZodRecord) schema = owner.valueType as z.ZodType;
    else return undefined;
  }
  return schema;
}

/** The keys that a mapping may have, each with its schema; none for a schema that is not a mapping. */
export function shapeOf(schema: z.ZodType): ReadonlyMap<string, z.ZodType> {
  const inner = unwrap(schema);
  return new Map(inner instanceof z.ZodObject ? Object.entries<z.ZodType>(inner.shape) : []);
}

/** What is said of the keys of a mapping whose keys are free. */
export function keyFacts(schema: z.ZodType): Facts {
  const inner = unwrap(schema);
  return inner instanceof z.ZodRecord ? factsOf(inner.keyType as unknown as z.ZodType) : {};
}
