import { z } from 'zod';
import { factsOf } from '../schema/facts.ts';
import { file } from '../schema/file.ts';

/** The JSON schema (draft 2020-12) of baton.yaml, for editors. */
export function printJsonSchema(): string {
  const schema = z.toJSONSchema(file, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { about, expects, json, fallback } = zodSchema instanceof z.ZodType ? factsOf(zodSchema) : {};
      Object.assign(jsonSchema, json);
      if (about) jsonSchema.description = about;
      else if (expects) jsonSchema.description = `${expects[0]!.toUpperCase()}${expects.slice(1)}.`;
      if (fallback !== undefined) jsonSchema.default = fallback as never;
    },
  });
  return `${shortenLists(JSON.stringify({ title: 'baton.yaml', ...schema }, null, 2))}\n`;
}

const LINE_WIDTH = 140;

/** Puts lists of plain values on one line where they fit, as the formatter of this repository does. */
function shortenLists(json: string): string {
  return json.replace(/^(.*)\[\n([^[\]{}]*?)\n\s*\](,?)$/gm, (whole, before: string, items: string, comma: string) => {
    const line = `${before}[${items.trim().replace(/\n\s*/g, ' ')}]${comma}`;
    return line.length <= LINE_WIDTH ? line : whole;
  });
}
