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
  return `${JSON.stringify({ title: 'baton.yaml', ...schema }, null, 2)}\n`;
}
