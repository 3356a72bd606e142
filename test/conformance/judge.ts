import type { CaseResult, Difference, Row, Suite } from './suite.ts';

/** What our rows owe: by the suite's demand against plain Node's row, and a reason for each case in which the two do different things. */
export function judge(
  suite: Pick<Suite, 'demands' | 'differences'>,
  rows: readonly Row[],
): { faults: readonly string[]; differences: readonly Difference[] } {
  const node = new Map(rows.find(({ who }) => who === 'node')?.results.map((result) => [result.id, result]));
  const faults: string[] = [];
  const differences = new Map<string, Difference>();
  for (const { who, round, results } of rows) {
    if (who === 'node') continue;
    for (const ours of results) {
      const theirs = node.get(ours.id);
      const isNodesToo = suite.demands === 'as-node' && theirs?.outcome === 'failed';
      if (ours.outcome === 'failed' && !isNodesToo) faults.push(`${ours.id} (${ours.section}, ${round}): ${ours.title}: ${ours.detail}`);
      const difference = theirs && differenceOf(ours, theirs, suite.differences[ours.id]);
      if (difference && !differences.has(ours.id)) differences.set(ours.id, difference);
    }
    for (const id of node.keys()) if (!results.some((ours) => ours.id === id)) faults.push(`${id} (${round}): only plain Node was asked`);
  }
  for (const { id, ours, node: theirs, reason } of differences.values())
    if (reason === undefined) faults.push(`${id}: we "${ours}", plain Node "${theirs}", and nobody has said why`);
  return { faults, differences: [...differences.values()] };
}

/** A case that only Node fails needs no reason: the demand is the reason. */
function differenceOf(ours: CaseResult, theirs: CaseResult, reason: string | undefined): Difference | undefined {
  if (ours.observed === theirs.observed || ours.outcome === 'failed') return undefined;
  const { id, section, title } = ours;
  const why = theirs.outcome === 'failed' ? (reason ?? `${section} demands it: ${theirs.detail}`) : reason;
  return { id, section, title, ours: ours.observed, node: theirs.observed, reason: why };
}
