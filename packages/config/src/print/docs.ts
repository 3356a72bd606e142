import { z } from 'zod';
import { factsOf, shapeOf, unwrap } from '../schema/facts.ts';
import { file } from '../schema/file.ts';

const HEAD = `# baton.yaml

<!-- Printed from the schema in packages/config; edit that and run \`npm run generate\`. -->

What an operator may say. \`baton config check\` shows every problem of a file with line, key, what was expected and the nearest valid name;
\`baton config schema\` prints the JSON schema for editors. Unknown keys are refused.

- **Durations**: \`500ms\`, \`90s\`, \`20m\`, \`29h\`, \`1d\`, \`1h30m\`, or as IIS writes them \`00:01:30\` and \`1.05:00:00\`. A number without a unit is refused, except 0.
- **Sizes**: \`16KiB\`, \`512MiB\`, \`1GiB\`; a number without a unit counts bytes, in \`memory\` and \`privateMemory\` KB as in IIS.
- **Defaults and ranges** are those of IIS, except that time limits may be any whole number of milliseconds, and at most 24 days.
- **Not yet**: settings marked so accept only their default in this release; another value is refused by name.
- **Paths** of entries begin at the folder of the file; what is not there is looked for below the app root (\`baton up --app-root\`).

`;

/** The text of docs/config.md. */
export function printDocs(): string {
  const sections: string[] = [];
  printObject('', file, 'The file', sections);
  return `${HEAD}${sections.join('\n\n')}\n`;
}

function printObject(path: string, schema: z.ZodType, about: string, sections: string[]): void {
  const rows: string[] = [];
  const at = sections.push('') - 1;
  for (const [key, member] of shapeOf(schema)) {
    const facts = factsOf(member);
    const inner = unwrap(member);
    const list = inner instanceof z.ZodArray ? unwrap(inner.element as z.ZodType) : undefined;
    const full = path ? `${path}.${key}` : key;
    if (list instanceof z.ZodObject && !facts.isLater) printObject(`${full}[]`, list, facts.about ?? '', sections);
    else if (inner instanceof z.ZodObject && key !== 'poolDefaults' && full !== 'apps[].limits')
      printObject(full, inner, facts.about ?? '', sections);
    else rows.push(row(key, member));
  }
  const title = path ? `\`${path}\`` : about;
  const lead = path && about ? `${about}\n\n` : '';
  const table = rows.length > 0 ? `| key | default | accepts | meaning |\n|---|---|---|---|\n${rows.join('\n')}` : '';
  sections[at] = `## ${title}\n\n${lead}${table}`.trimEnd();
}

function row(key: string, schema: z.ZodType): string {
  const { about, expects, fallback, isLater } = factsOf(schema);
  const required = fallback === undefined && !(schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault);
  const standing =
    fallback === undefined ? (required ? 'required' : '') : `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``;
  const accepts = expects ?? 'a mapping';
  const cells = [`\`${key}\``, standing, accepts, `${about ?? ''}${isLater ? ' **Not yet.**' : ''}`];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
