import { z } from 'zod';
import { describe } from './facts.ts';
import { name } from './names.ts';

const EXPECTS = 'the name of an identity';

/** The pool identity: a name, or a mapping with `name`, in which `uid` and `gid` are of a later release. */
export function identity() {
  const names = name();
  const schema = z.unknown().transform((value, context): string => {
    const fail = (params: Record<string, unknown>, path: string[] = []) => context.addIssue({ code: 'custom', params, path });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      if (names.safeParse(value).success) return value as string;
      fail({ expects: EXPECTS });
      return z.NEVER;
    }
    const given = value as Record<string, unknown>;
    for (const key of Object.keys(given)) {
      if (key === 'uid' || key === 'gid') fail({ notYet: true }, [key]);
      else if (key !== 'name') fail({ unknownKey: key, candidates: ['name', 'uid', 'gid'] }, [key]);
    }
    if (names.safeParse(given.name).success) return given.name as string;
    fail({ expects: EXPECTS }, ['name']);
    return z.NEVER;
  });
  const json = {
    anyOf: [
      { type: 'string' },
      { type: 'object', properties: { name: { type: 'string' } }, required: ['name'], additionalProperties: false },
    ],
  };
  return describe(schema, {
    expects: EXPECTS,
    json,
    about: "Pool identity, the ACL of the pool's channels; the pool's name when left out.",
  });
}
