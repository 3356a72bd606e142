import type { z } from 'zod';
import { findNearest } from '../nearest.ts';
import { formatGot, formatKey, type Problem } from '../problem.ts';
import { factsOf, keyFacts, schemaAt, shapeOf } from '../schema/facts.ts';
import type { YamlFile } from './yaml.ts';

type Issue = z.core.$ZodIssue;

/** What our own schemas attach to a custom issue. */
interface IssueParams {
  readonly expects?: string;
  readonly nearest?: string;
  readonly notYet?: boolean;
  readonly unknownKey?: string;
  readonly candidates?: readonly string[];
}

/** Turns what zod found into problems in our words, each at its line; `root` is the schema that found them. */
export function toProblems(issues: readonly Issue[], root: z.ZodType, yaml: YamlFile, file: string): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey([...issue.path, key], keysAt(root, issue.path), yaml, file));
    if (issue.code === 'invalid_key') return [invalidKey(issue.path, root, yaml, file)];
    const params: IssueParams = issue.code === 'custom' ? (issue.params ?? {}) : {};
    if (params.unknownKey !== undefined) return [unknownKey(issue.path, params.candidates ?? [], yaml, file)];
    return [params.notYet ? notSupportedYet(issue.path, root, yaml, file) : badValue(issue.path, params, root, yaml, file)];
  });
}

function keysAt(root: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const schema = schemaAt(root, path);
  return schema ? [...shapeOf(schema).keys()] : [];
}

function unknownKey(path: readonly PropertyKey[], candidates: readonly string[], yaml: YamlFile, file: string): Problem {
  const key = String(path.at(-1));
  const nearest = findNearest(key, candidates);
  const expected = `one of ${candidates.join(', ')}`;
  const message = nearest ? `unknown key; did you mean "${nearest}"?` : `unknown key; expected ${expected}`;
  return {
    code: 'CONFIG_INVALID',
    file,
    ...yaml.locate(path, 'key'),
    key: formatKey(path),
    expected,
    got: key,
    ...(nearest && { nearest }),
    message,
  };
}

function invalidKey(path: readonly PropertyKey[], root: z.ZodType, yaml: YamlFile, file: string): Problem {
  const owner = schemaAt(root, path.slice(0, -1));
  const expected = (owner && keyFacts(owner).expects) ?? 'another key';
  const got = formatGot(path.at(-1));
  const message = `expected ${expected}, got ${got}`;
  return { code: 'CONFIG_INVALID', file, ...yaml.locate(path, 'key'), key: formatKey(path), expected, got, message };
}

function badValue(path: readonly PropertyKey[], params: IssueParams, root: z.ZodType, yaml: YamlFile, file: string): Problem {
  const value = valueAt(yaml.value, path);
  const schema = schemaAt(root, path);
  const facts = schema ? factsOf(schema) : {};
  const expected = params.expects ?? facts.expects ?? `a mapping with ${keysAt(root, path).join(', ')}`;
  const got = formatGot(value);
  const nearest = params.nearest ?? (typeof value === 'string' ? findNearest(value, facts.values ?? []) : undefined);
  const what = value === undefined ? `is missing; expected ${expected}` : `expected ${expected}, got ${got}`;
  const message = nearest ? `${what}; did you mean "${nearest}"?` : what;
  return { code: 'CONFIG_INVALID', file, ...yaml.locate(path), key: formatKey(path), expected, got, ...(nearest && { nearest }), message };
}

function notSupportedYet(path: readonly PropertyKey[], root: z.ZodType, yaml: YamlFile, file: string): Problem {
  const got = formatGot(valueAt(yaml.value, path));
  const key = formatKey(path);
  const schema = schemaAt(root, path);
  const fallback = schema && factsOf(schema).fallback;
  const expected = fallback === undefined ? 'nothing' : JSON.stringify(fallback);
  const advice = fallback === undefined ? 'leave it out' : `leave it at its default, ${expected}`;
  const message = `not supported yet, got ${got}; ${advice}`;
  return { code: 'NOT_SUPPORTED_YET', file, ...yaml.locate(path, 'key'), key, got, expected, message };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found: unknown = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[step];
  }
  return found;
}
