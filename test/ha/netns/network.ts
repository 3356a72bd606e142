import { execFileSync } from 'node:child_process';
import type { Place } from '../../support/index.ts';

/** A network of its own for each part, joined by a bridge to which this process has the address `gateway`. */
export interface Network extends Disposable {
  place(part: string): Place;
  /** Nothing goes to this part, or comes from it, until `mend`. */
  cut(part: string): void;
  mend(part: string): void;
  /** Breaks every connection between two parts, as a router that forgets them does; returns how many there were. */
  breakConnections(from: string, to: string): number;
}

/** What is missing to make one; '' = nothing. */
export function missingForNetworks(): string {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const tool of ['ip', 'ss']) {
    try {
      execFileSync(tool, ['-V'], { stdio: 'ignore' });
    } catch {
      return `"${tool}" is not on PATH; install iproute2`;
    }
  }
  return '';
}

/** Makes a namespace for each part; `[Symbol.dispose]` takes everything down again, also what a failed start left. */
export function createNetwork(parts: readonly string[]): Network {
  const id = `bt${process.pid % 10_000}`;
  const subnet = `10.213.${process.pid % 250}`;
  const bridge = `${id}br`;
  const names = new Map(
    parts.map((part, index) => [part, { netns: `${id}-${part}`, near: `${id}v${index}`, address: `${subnet}.${index + 2}` }]),
  );
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' }).toString();
  const of = (part: string) => {
    const found = names.get(part);
    if (!found) throw new Error(`no network was made for ${part}`);
    return found;
  };
  const remove = () => {
    for (const { netns } of names.values()) attempt(() => ip('netns', 'del', netns));
    for (const { near } of names.values()) attempt(() => ip('link', 'del', near));
    attempt(() => ip('link', 'del', bridge));
  };
  try {
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('addr', 'add', `${subnet}.1/24`, 'dev', bridge);
    ip('link', 'set', bridge, 'up');
    for (const { netns, near, address } of names.values()) {
      ip('netns', 'add', netns);
      ip('link', 'add', near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns);
      ip('link', 'set', near, 'master', bridge, 'up');
      ip('-n', netns, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      ip('-n', netns, 'link', 'set', 'eth0', 'up');
      ip('-n', netns, 'link', 'set', 'lo', 'up');
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    place: (part) => ({ prefix: ['ip', 'netns', 'exec', of(part).netns], address: of(part).address }),
    cut: (part) => void ip('link', 'set', of(part).near, 'down'),
    mend: (part) => void ip('link', 'set', of(part).near, 'up'),
    breakConnections(from, to) {
      const out = execFileSync('ip', ['netns', 'exec', of(from).netns, 'ss', '-HtnK', 'dst', of(to).address], { stdio: 'pipe' });
      return out.toString().split('\n').filter(Boolean).length;
    },
    [Symbol.dispose]: remove,
  };
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // it was not there
  }
}
