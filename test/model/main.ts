// Explores the hand-over protocol: npm run test:model [-- NAME… --traces]. Exit code 1 when anything is not as it must be.
import { type Chapter, runChapter } from './report.ts';
import { BUGS } from './runs/bugs.ts';
import { FLAWS } from './runs/flaws.ts';
import { HOLDS } from './runs/holds.ts';
import { REDUNDANCY } from './runs/redundancy.ts';

const CHAPTERS: readonly Chapter[] = [
  { title: 'must hold', configurations: HOLDS, mustHold: true },
  { title: 'must hold without the rules that others imply', configurations: REDUNDANCY, mustHold: true },
  { title: 'must break: one rule taken away', configurations: FLAWS, mustHold: false },
  { title: 'must break: errors put in on purpose', configurations: BUGS, mustHold: false },
];

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const printsTraces = process.argv.includes('--traces');
const known = CHAPTERS.flatMap(({ configurations }) => configurations.map(({ name }) => name));
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no configuration is called ${unknown.join(', ')}; there are: ${known.join(', ')}`);
  process.exit(2);
}
const beganAtMs = performance.now();
let surprises = 0;
for (const chapter of CHAPTERS) {
  const configurations = chapter.configurations.filter(({ name }) => names.length === 0 || names.includes(name));
  surprises += runChapter({ ...chapter, configurations }, printsTraces);
}
const seconds = ((performance.now() - beganAtMs) / 1000).toFixed(0);
console.log(surprises > 0 ? `\n${surprises} not as expected, ${seconds} s` : `\nall as expected, ${seconds} s`);
process.exitCode = surprises > 0 ? 1 : 0;
