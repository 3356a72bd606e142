import { HostError } from '../errors/host-error.ts';

/** What preconditions are held against. */
export interface PreconditionFacts {
  readonly appPoolName: string;
  /** `process.arch`. */
  readonly arch: string;
  /** `process.versions.node`. */
  readonly nodeVersion: string;
}

const NARROW = new Set(['ia32', 'arm', 'mips', 'mipsel', 'ppc']);

/**
 * Whether every one of a comma-separated list of preconditions holds (IHttpServer::SatisfiesPrecondition). Names are read without regard to case.
 *
 * - `integratedMode`: true; `ISAPIMode` and `classicMode`: false. Modules and extensions run in one pipeline here.
 * - `bitness32`, `bitness64`: by the process.
 * - `appPoolName=shop`: the pool's name, exactly.
 * - `runtimeVersion24`, `runtimeVersionv24.1`, `runtimeVersion=24.1.0`: the version of Node, as far as it is given.
 * - An empty list holds. One that is unknown is ERROR_INVALID_PARAMETER: to say no would hide a slip of the pen.
 */
export function satisfiesPrecondition(list: string, facts: PreconditionFacts): boolean {
  // every one is read, so that a slip is found whatever the others say
  return list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => holds(one, facts))
    .every(Boolean);
}

function holds(one: string, facts: PreconditionFacts): boolean {
  const name = one.toLowerCase();
  if (name === 'integratedmode') return true;
  if (name === 'isapimode' || name === 'classicmode') return false;
  if (name === 'bitness32') return NARROW.has(facts.arch);
  if (name === 'bitness64') return !NARROW.has(facts.arch);
  const pool = /^appPoolName=(.+)$/i.exec(one);
  if (pool) return pool[1]!.trim() === facts.appPoolName;
  const version = /^runtimeVersion=?v?(\d+(?:\.\d+){0,2})$/i.exec(one);
  if (version) return `${facts.nodeVersion}.`.startsWith(`${version[1]}.`);
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `A precondition was expected: integratedMode, ISAPIMode, classicMode, bitness32, bitness64, appPoolName=NAME or runtimeVersionNN; "${one}" came`,
  );
}
