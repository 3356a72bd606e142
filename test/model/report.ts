import { explore, type Finding } from './check/explore.ts';
import type { Configuration } from './configuration.ts';
import { makeMachine } from './make-machine.ts';

/** Some configurations and what must come of them. */
export interface Chapter {
  readonly title: string;
  readonly configurations: readonly Configuration[];
  readonly mustHold: boolean;
}

/** Explores each configuration and prints a line about it. Answers how many did not end as they must. */
export function runChapter({ title, configurations, mustHold }: Chapter, printsTraces: boolean): number {
  if (configurations.length === 0) return 0;
  console.log(`\n${title}`);
  let surprises = 0;
  for (const configuration of configurations) {
    const finding = explore(makeMachine(configuration));
    const isExpected = finding.verdict !== 'unfinished' && (finding.verdict === 'holds') === mustHold;
    if (!isExpected) surprises++;
    console.log(lineAbout(configuration.name, finding, isExpected));
    if (finding.trace.length > 0 && (!isExpected || printsTraces)) for (const step of finding.trace) console.log(`      ${step}`);
  }
  return surprises;
}

function lineAbout(name: string, { verdict, states, steps, durationMs, why, trace }: Finding, isExpected: boolean): string {
  const figures = [
    isExpected ? ' ' : '!',
    verdict.padEnd(10),
    name.padEnd(36),
    `${states} states`.padStart(16),
    `${steps} steps`.padStart(17),
    `${(durationMs / 1000).toFixed(1)} s`.padStart(8),
  ];
  return `${figures.join(' ')}${why ? `   ${why} (${trace.length} steps)` : ''}`;
}
