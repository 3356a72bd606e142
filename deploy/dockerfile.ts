import { readFileSync } from 'node:fs';

/** What the last stage of a Dockerfile says, as far as a test asks for it. */
export interface Dockerfile {
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  readonly user: string;
  readonly stopSignal: string;
  readonly healthcheck: string;
  readonly entrypoint: readonly string[];
}

/** Reads the Dockerfile of a service; one instruction on each line, ENV as NAME=VALUE. */
export function readDockerfile(file: string): Dockerfile {
  const stages = readFileSync(file, 'utf8').split(/^FROM /m);
  const lines = stages.at(-1)!.split('\n');
  const all = (instruction: string) =>
    lines.flatMap((line) => (line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : []));
  const one = (instruction: string) => all(instruction).at(-1) ?? '';
  return {
    environment: Object.fromEntries(
      all('ENV').flatMap((line) => line.split(' ').map((pair) => [pair.split('=')[0]!, pair.slice(pair.indexOf('=') + 1)])),
    ),
    ports: all('EXPOSE').flatMap((line) => line.split(' ').map(Number)),
    user: one('USER'),
    stopSignal: one('STOPSIGNAL'),
    healthcheck: one('HEALTHCHECK'),
    entrypoint: JSON.parse(one('ENTRYPOINT') || '[]') as string[],
  };
}
