// The generated proto types are what buf makes of proto/ today, the contracts lint, and nothing breaks the committed baseline.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'baton-gen-'));
try {
  buf('lint');
  buf('breaking', '--against', 'baseline.binpb');
  buf('generate', '--output', scratch);
  const fresh = tree(join(scratch, 'src/gen'));
  const committed = tree('proto/src/gen');
  const differing = [...new Set([...fresh.keys(), ...committed.keys()])].filter((file) => fresh.get(file) !== committed.get(file));
  if (differing.length > 0) throw new Error(`generated files are not fresh: ${differing.join(', ')}; run "npm run generate"`);
  console.log('contracts lint, nothing broke, generated types are fresh');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function buf(...args: string[]): void {
  execFileSync('buf', args, { cwd: 'proto', stdio: ['ignore', 'inherit', 'inherit'] });
}

function tree(folder: string): Map<string, string> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => [
      join(entry.parentPath, entry.name).slice(folder.length),
      readFileSync(join(entry.parentPath, entry.name), 'utf8'),
    ]),
  );
}
