import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BatonError } from '@baton/core';

export interface RedisServer {
  readonly path: string;
  /** "Redis 7.0.15" */
  readonly name: string;
}

const NAMES = ['redis-server', 'valkey-server'];

/** The first server on PATH that is new enough: REDIS_MISSING when there is none, REDIS_TOO_OLD when all are older than 6.2. */
export function findRedisServer(searchPath: string): RedisServer {
  const old: string[] = [];
  for (const path of searchPath.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)))) {
    if (!isExecutable(path)) continue;
    const version = readVersion(path);
    if (version?.isFit) return { path, name: version.name };
    old.push(`${path} is ${version?.name ?? 'not a Redis server'}`);
  }
  if (old.length > 0) throw new BatonError('REDIS_TOO_OLD', `expected Redis 6.2 or later on PATH, found none: ${old.join(', ')}`);
  throw new BatonError('REDIS_MISSING', 'neither redis-server nor valkey-server is on PATH');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readVersion(path: string): { name: string; isFit: boolean } | undefined {
  try {
    const text = execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 5_000, stdio: ['ignore', 'pipe', 'ignore'] });
    return parseServerVersion(text);
  } catch {
    return undefined;
  }
}

/** Reads "Redis server v=7.0.15 sha=…" or "Valkey server v=8.1.0 …". */
export function parseServerVersion(text: string): { name: string; isFit: boolean } | undefined {
  const match = /^(Redis|Valkey) server v=((\d+)\.(\d+)\S*)/m.exec(text);
  if (!match) return undefined;
  const [, product, version, major, minor] = match;
  return { name: `${product} ${version}`, isFit: product === 'Valkey' || isFitRedis(Number(major), Number(minor)) };
}

/** 6.2 is the first with the commands that the store and BullMQ use. */
export function isFitRedis(major: number, minor: number): boolean {
  return major > 6 || (major === 6 && minor >= 2);
}
