import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = 'github.com/summerwind/h2spec/cmd/h2spec';
/** The release that is wanted, and the newest one that a proxy of modules has where it does not have that. */
const VERSIONS = ['v2.6.0', 'latest'];
const BUILD_LIMIT_MS = 300_000;

/** Path of the h2spec program: that of H2SPEC, else one that was built before, else one built now by the Go tool chain. */
export async function findH2spec(say: (line: string) => void): Promise<string> {
  const given = process.env.H2SPEC;
  if (given) return given;
  const folder = resolve('.cache/h2spec');
  const path = join(folder, 'h2spec');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  let why = '';
  for (const version of VERSIONS) {
    say(`h2spec: go install ${MODULE}@${version}`);
    try {
      await run('go', ['install', `${MODULE}@${version}`], { env: { ...process.env, GOBIN: folder }, timeout: BUILD_LIMIT_MS });
      return path;
    } catch (error) {
      why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no Go tool chain' : lastLine(error);
    }
  }
  throw new Error(`h2spec could not be built (${why}); set H2SPEC to its path`);
}

const lastLine = (error: unknown): string =>
  String((error as { stderr?: string }).stderr ?? error)
    .trim()
    .split('\n')
    .at(-1) ?? '';
