// Prints the documents that have a table in the code as their source. With --check: fails when a committed one differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { printDocs, printJsonSchema } from '@baton/config';
import { CODES } from '@baton/core';
import { printTelemetry } from '@baton/telemetry';
import { printLifecycle } from '@baton/was';

const documents: Record<string, () => string> = {
  'docs/errors.md': printErrors,
  'docs/config.md': printDocs,
  'docs/baton.schema.json': printJsonSchema,
  'docs/lifecycle.md': printLifecycle,
  'docs/telemetry.md': printTelemetry,
};

const check = process.argv.includes('--check');
let stale = 0;
for (const [file, print] of Object.entries(documents)) {
  const text = `${print().trimEnd()}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) {
    stale++;
    console.error(`${file} is not what its source prints; run "npm run generate"`);
  } else {
    writeFileSync(file, text);
    console.log(`wrote ${file}`);
  }
}
process.exit(stale > 0 ? 1 : 0);

function printErrors(): string {
  const rows = Object.entries(CODES).map(([name, entry]) => {
    const grpc = 'grpc' in entry ? [entry.grpc, 'hresult' in entry ? entry.hresult : undefined].filter(Boolean).join(' / ') : '';
    return `| \`${name}\` | ${entry.status} | ${grpc} | ${entry.what} | ${entry.hint}. |`;
  });
  return `# Error codes

Printed from \`packages/core/src/errors/codes.ts\` by \`npm run generate\`.

The code stands in \`x-baton-error\` of an answer the adapter gave itself, in \`code\` of the admin API's JSON and first on a line of the CLI.

| code | HTTP | gRPC / HRESULT | what it means | what to do |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
