import type { Configuration } from '../configuration.ts';
import type { Bug } from '../rules.ts';
import { configurationNamed } from './holds.ts';

/** Errors put in on purpose: the checker must see each. */
export const BUGS: readonly Configuration[] = [
  wrong('eligible-on-connect', 'replace'),
  wrong('commit-before-all', 'replace'),
  wrong('idle-without-onlyIfIdle', 'idle'),
  wrong('job-ids-survive', 'cold+leader+late'),
  wrong('host-checks-only-seen', 'cold+leader+late'),
  wrong('adapter-obeys-old-leader', 'idle+leader'),
  wrong('deliver-unconnected', 'lateJoin'),
];

function wrong(bug: Bug, base: string): Configuration {
  return { ...configurationNamed(base), name: bug, bug };
}
