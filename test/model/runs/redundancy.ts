import type { Configuration } from '../configuration.ts';
import type { Rules } from '../rules.ts';
import { configurationNamed } from './holds.ts';

/** Rules that follow from the others in all that was run. They are kept for exact receipts, short paths, and because a recycle nobody can watch proves nothing. */
const IMPLIED: Partial<Rules> = {
  graceAtTakeover: false,
  rollAwaitsAsked: false,
  stopAfterSwitch: false,
  leavingIsNotReady: false,
  needsAttached: false,
};

const NAMES = [
  'replace+leader',
  'replace+leader+crash',
  'replace+leader+wasDrop',
  'replace+usurp',
  'replace+slow+wasDrop',
  'replace+wasDrop2',
  'idle+leader',
  'park+leader',
  'park+usurp',
  'park+idle+wasDrop',
  'lateJoin+leader',
  'receipts+leader',
];

/** Without the implied rules these must hold too. */
export const REDUNDANCY: readonly Configuration[] = NAMES.map((name) => ({
  ...configurationNamed(name),
  name: `${name} less`,
  rules: IMPLIED,
}));
