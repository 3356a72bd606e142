import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BatonError } from '@baton/core';
import type { EnvironmentValue } from '../slots/order.ts';

export type Environment = Readonly<Record<string, string>>;

/** What of the host's own environment no app may see: Baton's secrets and settings, and the traces of `npm start`. */
const PRIVATE_NAME = /^(BATON_|npm_|INIT_CWD$|NODE_CHANNEL_|NODE_UNIQUE_ID$)/;

/** A secret file larger than this is a mistake, bytes. */
const MAX_SECRET_BYTES = 1_048_576;

/**
 * The host's environment as an app may see it.
 * PATH stays as it is: an app that runs `node` gets the Node its worker runs on.
 */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): Environment {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !PRIVATE_NAME.test(name)) clean[name] = value;
  }
  return clean;
}

/**
 * Resolves a pool's variables on this host; values are never logged and never leave it.
 *
 * - `fromEnv`: a variable of the host's environment; Baton's own (BATON_*) are refused.
 * - `fromFile`: the file's text without its last line break; a relative path starts at the app root.
 * - What is missing is a failed start (SECRET_MISSING) that names the variable and where it was looked for.
 */
export async function resolveEnvironment(
  values: Readonly<Record<string, EnvironmentValue>>,
  hostEnvironment: NodeJS.ProcessEnv,
  appRoot: string,
): Promise<Environment> {
  const resolved = await Promise.all(
    Object.entries(values).map(async ([name, value]) => [name, await resolveValue(name, value, hostEnvironment, appRoot)] as const),
  );
  return Object.fromEntries(resolved);
}

async function resolveValue(name: string, value: EnvironmentValue, hostEnvironment: NodeJS.ProcessEnv, appRoot: string): Promise<string> {
  if ('literal' in value) return value.literal;
  if ('fromEnv' in value) {
    const found = PRIVATE_NAME.test(value.fromEnv) ? undefined : hostEnvironment[value.fromEnv];
    if (found !== undefined) return found;
    throw new BatonError(
      'SECRET_MISSING',
      `the variable ${name} should come from ${value.fromEnv} of this host's environment, which has none`,
    );
  }
  return readSecret(name, resolve(appRoot, value.fromFile));
}

async function readSecret(name: string, path: string): Promise<string> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw new Error('it is not a regular file');
    if (facts.size > MAX_SECRET_BYTES) throw new Error(`it has ${facts.size} bytes, expected at most ${MAX_SECRET_BYTES}`);
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BatonError('SECRET_MISSING', `the variable ${name} should come from the file ${path} on this host: ${reason}`, { cause });
  }
}
