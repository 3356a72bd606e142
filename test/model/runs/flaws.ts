import type { Configuration } from '../configuration.ts';
import type { Rules } from '../rules.ts';
import { configurationNamed } from './holds.ts';

/** Each rule taken away alone: these must break. A rule that is needed in two ways is here twice. */
export const FLAWS: readonly Configuration[] = [
  without('leaving', 'replace'),
  without('leaving', 'replace+wasDrop2', 'while the streams are down'),
  without('resumeFrame', 'replace+slow+wasDrop'),
  without('resumeAcked', 'follow+crash'),
  without('fromMayDie', 'replace+crash2'),
  without('reconcile', 'lateJoin'),
  without('lateConnect', 'unconnected'),
  without('lateConnect', 'replace+crash', 'after a crash'),
  without('replayFrames', 'replace+linkDrop2'),
  without('answersNamed', 'park+idle+wasDrop'),
  without('rememberAnswer', 'receipts+wasDrop'),
  without('checkAtEntry', 'cold+leader+late'),
  without('idleNeedsAll', 'idle+wasDrop+limit'),
  without('idleDialsNothing', 'unconnected+idle'),
  without('openUnlessConnected', 'lateJoin+crash'),
  without('staleStepsDown', 'cold+usurp'),
  without('permissionNumbered', 'cold+crash'),
];

function without(rule: keyof Rules, base: string, where = ''): Configuration {
  return { ...configurationNamed(base), name: where ? `no ${rule} ${where}` : `no ${rule}`, rules: { [rule]: false } };
}
