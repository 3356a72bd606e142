import { readFileSync, writeFileSync } from 'node:fs';
import { printDocs } from './docs.ts';
import { printJsonSchema } from './json-schema.ts';

/** Writes docs/config.md and packages/config/gen/baton.schema.json from the schema; with `--check`, says which of them is out of step and exits 1. */
const root = new URL('../../../../', import.meta.url);
const pages = { 'docs/config.md': printDocs(), 'packages/config/gen/baton.schema.json': printJsonSchema() };

for (const [path, text] of Object.entries(pages)) {
  const file = new URL(path, root);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${path} is out of step with packages/config; print it again with "npm run docs -w @baton/config"\n`);
    process.exitCode = 1;
  }
}
