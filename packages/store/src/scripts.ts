import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BatonError } from '@baton/core';
import type { Redis } from 'ioredis';

/** One atomic change in Redis: a file of ../lua. */
export interface Script {
  readonly name: string;
  readonly text: string;
  readonly sha: string;
}

const LUA = new URL('../lua/', import.meta.url);

/** Reads a script that writes only for the leader of the epoch in its first argument. */
export function fencedScript(name: string): Script {
  return scriptOf(name, `${read('fence')}${read(name)}`);
}

/** Reads a script that is not fenced: those that decide who leads. */
export function plainScript(name: string): Script {
  return scriptOf(name, read(name));
}

/** Reads a script that is kept elsewhere, behind those it builds on. */
export function scriptFrom(name: string, ...files: readonly URL[]): Script {
  return scriptOf(name, files.map((file) => readFileSync(file, 'utf8')).join('\n'));
}

function scriptOf(name: string, text: string): Script {
  return { name, text, sha: createHash('sha1').update(text).digest('hex') };
}

function read(name: string): string {
  return readFileSync(new URL(`${name}.lua`, LUA), 'utf8');
}

/**
 * Runs a script by its digest, and by its text when the server has not seen it (a new server, or one that lost its memory).
 *
 * - STALE_EPOCH: another leader has taken over; `details.epoch` is its number.
 * - STATE_LOST: Redis holds no epoch any more.
 */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw toBatonError(script, error);
  }
  try {
    return await redis.eval(script.text, keys.length, ...keys, ...args);
  } catch (error) {
    throw toBatonError(script, error);
  }
}

function toBatonError(script: Script, error: unknown): BatonError {
  const text = messageOf(error);
  const stale = /^(?:ERR )?STALE_EPOCH (\d+)/.exec(text);
  if (stale) {
    return new BatonError('STALE_EPOCH', `${script.name} was refused, epoch ${stale[1]} leads`, {
      cause: error,
      details: { epoch: Number(stale[1]) },
    });
  }
  if (/^(?:ERR )?STATE_LOST/.test(text))
    return new BatonError('STATE_LOST', `${script.name} was refused, Redis holds no epoch`, { cause: error });
  return BatonError.from(error, 'INTERNAL', script.name);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
