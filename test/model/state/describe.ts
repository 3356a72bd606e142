import type { System } from '../system.ts';
import { Life, Line, Phase, Work } from './words.ts';

/** The state in one line, for the end of a trace. */
export function describe({ world }: System): string {
  const { leader, redis } = world;
  const running = `record ${redis.kind}/${redis.from}>${redis.to}${redis.isCommitted !== 0 ? ' committed' : ''}`;
  const parts = [`phase ${nameIn(Phase, leader.phase)}, serving g${redis.serving}, ${running}`];
  for (const { name, life } of world.workers) parts.push(`${name} ${nameIn(Life, life)}`);
  for (const { name, eligibleGeneration, stream, links } of world.adapters) {
    const lines = links.map(({ line }) => nameIn(Line, line)).join(' ');
    parts.push(`${name} eligible g${eligibleGeneration} stream ${stream} links ${lines}`);
  }
  for (const { name, state } of world.requests) parts.push(`${name} ${nameIn(Work, state)}`);
  return `   [there: ${parts.join('; ')}]`;
}

function nameIn(words: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(words).find((name) => words[name] === value) ?? `${value}`;
}
