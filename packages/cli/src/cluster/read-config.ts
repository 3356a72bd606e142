import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, parseConfig } from '@baton/config';
import { BatonError } from '@baton/core';
import type { Io } from '../io.ts';

export interface ConfigText {
  readonly text: string;
  /** As the operator named it, for messages. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly config: Config;
}

/** Reads and validates a configuration file: CONFIG_UNREADABLE or CONFIG_INVALID. */
export function readConfig(file: string, io: Io): ConfigText {
  const path = resolve(io.cwd, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new BatonError('CONFIG_UNREADABLE', `${file} cannot be read (${reason})`, { cause: error });
  }
  return { text, file, path, config: parseConfig(text, { file }) };
}
