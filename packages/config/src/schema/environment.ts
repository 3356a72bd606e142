import { z } from 'zod';
import { describe } from './facts.ts';
import { written } from './kinds.ts';

/** The value of an environment variable, or where the worker host finds it when it starts a process. */
export type EnvironmentValue = { readonly literal: string } | { readonly fromEnv: string } | { readonly fromFile: string };

const EXPECTS = 'text, { fromEnv: NAME } or { fromFile: PATH }';
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

function readValue(value: unknown): { ok: EnvironmentValue } | { refused: { expects: string } } {
  if (typeof value === 'string' && !value.includes('\0')) return { ok: { literal: value } };
  if (typeof value === 'number' || typeof value === 'boolean') return { ok: { literal: String(value) } };
  if (typeof value === 'object' && value !== null) {
    const [entry, ...others] = Object.entries(value);
    const [key, source] = entry ?? [];
    if (others.length === 0 && typeof source === 'string' && source !== '' && !source.includes('\0')) {
      if (key === 'fromEnv') return { ok: { fromEnv: source } };
      if (key === 'fromFile') return { ok: { fromFile: source } };
    }
  }
  return { refused: { expects: EXPECTS } };
}

/** Variables by name. Secrets are named, not written: `fromEnv` and `fromFile` are read on the worker host and go nowhere else. */
export function environment() {
  const value = written<EnvironmentValue>(readValue, {
    expects: EXPECTS,
    json: {
      anyOf: [
        { type: ['string', 'number', 'boolean'] },
        { type: 'object', properties: { fromEnv: { type: 'string' } }, required: ['fromEnv'], additionalProperties: false },
        { type: 'object', properties: { fromFile: { type: 'string' } }, required: ['fromFile'], additionalProperties: false },
      ],
    },
  });
  const name = describe(z.string().regex(NAME).max(256), { expects: 'the name of an environment variable' });
  return describe(z.record(name, value), { expects: 'a mapping of names to values' });
}
