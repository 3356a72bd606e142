// npm run bench [-- [hosting] [recycle] [programming-model] --seconds 6 --rounds 20 --repeat 3]: the named parts, or all; each opens with its question.
// One run on one machine; the ratios are the result, absolute times drift.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureHosting, printHosting } from './hosting.ts';
import { measureModel, printModel } from './programming-model.ts';
import { measureRecycles, printRecycles } from './recycle.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '20' },
    repeat: { type: 'string', default: '3' },
  },
});
const [seconds, rounds, repeat] = [Number(values.seconds), Number(values.rounds), Number(values.repeat)];

const parts: Record<string, () => Promise<void>> = {
  hosting: async () => {
    const result = await measureHosting({ seconds, rounds, repeat });
    printHosting(result);
    write('result', result);
  },
  recycle: async () => {
    const results = [await measureRecycles('cold', 0, seconds), await measureRecycles('with a spare', 1, seconds)];
    printRecycles(results);
    write('recycle', results);
  },
  'programming-model': async () => {
    const result = await measureModel({ seconds, repeat });
    printModel(result);
    write('programming-model', result);
  },
};

const unknown = positionals.filter((name) => parts[name] === undefined);
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`);
for (const [name, measure] of Object.entries(parts)) if (positionals.length === 0 || positionals.includes(name)) await measure();

function write(name: string, result: unknown): void {
  mkdirSync('bench/out', { recursive: true });
  writeFileSync(`bench/out/${name}.json`, JSON.stringify(result, null, 2));
  console.log(`\nbench/out/${name}.json holds the figures`);
}
