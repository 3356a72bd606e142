import type { Configuration } from '../configuration.ts';
import type { RequestPlan } from '../request/request.ts';

const SAFE_A: RequestPlan = { at: 0, isSafe: true };
const UNSAFE_B: RequestPlan = { at: 1, isSafe: false };
const SAFE_B: RequestPlan = { at: 1, isSafe: true };
const NONE: readonly RequestPlan[] = [];
const ONE = [UNSAFE_B];
const TWO = [SAFE_A, UNSAFE_B];
const THREE = [SAFE_A, UNSAFE_B, SAFE_B];

/** With the rules as they are all of these must hold. Named after what is wanted, then what goes wrong; a number says how often. */
export const HOLDS: readonly Configuration[] = [
  { name: 'replace', generations: 2, requests: THREE, recycles: 1, faults: 0, countsReceipts: true },
  { name: 'replace+crash', generations: 3, requests: TWO, recycles: 1, budget: { crash: 1 } },
  { name: 'replace+crash2', generations: 4, requests: ONE, recycles: 1, faults: 2, budget: { crash: 2 } },
  { name: 'replace+wasDrop2', generations: 2, requests: THREE, recycles: 1, faults: 2, budget: { wasDrop: 2 } },
  { name: 'replace+linkDrop2', generations: 2, requests: TWO, recycles: 1, faults: 2, budget: { linkDrop: 2 } },
  { name: 'replace+crash+wasDrop', generations: 3, requests: ONE, recycles: 1, faults: 2, budget: { crash: 1, wasDrop: 1 } },
  { name: 'replace+crash+linkDrop', generations: 3, requests: ONE, recycles: 1, faults: 2, budget: { crash: 1, linkDrop: 1 } },
  { name: 'replace+slow+wasDrop', generations: 2, requests: TWO, recycles: 1, faults: 2, budget: { wasDrop: 1, slow: 1 } },
  { name: 'replace+slow+crash', generations: 3, requests: ONE, recycles: 1, faults: 2, budget: { crash: 1, slow: 1 } },
  { name: 'replace+limit+wasDrop', generations: 2, requests: TWO, recycles: 1, faults: 2, budget: { wasDrop: 1, limit: 1 } },
  { name: 'replace+leader', generations: 2, requests: TWO, recycles: 1, budget: { leader: 1 } },
  {
    name: 'replace+leader+crash',
    generations: 3,
    requests: NONE,
    recycles: 1,
    faults: 2,
    budget: { crash: 1, leader: 1 },
    isSymmetric: true,
  },
  { name: 'replace+leader+wasDrop', generations: 2, requests: ONE, recycles: 1, faults: 2, budget: { wasDrop: 1, leader: 1 } },
  { name: 'replace+leader+linkDrop', generations: 2, requests: ONE, recycles: 1, faults: 2, budget: { linkDrop: 1, leader: 1 } },
  { name: 'replace+leader2', generations: 2, requests: ONE, recycles: 1, faults: 2, budget: { leader: 2 } },
  { name: 'replace+leader+late', generations: 2, requests: ONE, recycles: 1, faults: 2, budget: { leader: 1, late: 1 }, hasSlowRead: true },
  { name: 'replace+usurp', generations: 2, requests: ONE, recycles: 1, budget: { usurp: 1 }, hasFormerLeader: true },
  {
    name: 'replace+usurp+late',
    generations: 2,
    requests: NONE,
    recycles: 1,
    faults: 2,
    budget: { late: 1, usurp: 1 },
    hasFormerLeader: true,
    hasSlowRead: true,
    isSymmetric: true,
  },
  { name: 'receipts+wasDrop', generations: 2, requests: TWO, recycles: 1, budget: { wasDrop: 1 }, countsReceipts: true },
  { name: 'receipts+crash', generations: 3, requests: TWO, recycles: 1, budget: { crash: 1 }, countsReceipts: true },
  { name: 'receipts+limit', generations: 2, requests: THREE, recycles: 1, budget: { limit: 1 }, countsReceipts: true },
  { name: 'receipts+leader', generations: 2, requests: ONE, recycles: 1, budget: { leader: 1 }, countsReceipts: true },
  { name: 'replace+adapter', generations: 2, requests: TWO, recycles: 1, budget: { adapter: 1 } },
  { name: 'replace+adapter+crash', generations: 3, requests: ONE, recycles: 1, faults: 2, budget: { adapter: 1, crash: 1 } },
  { name: 'replace+adapter+wasDrop', generations: 2, requests: TWO, recycles: 1, faults: 2, budget: { adapter: 1, wasDrop: 1 } },
  { name: 'replace+adapter+leader', generations: 2, requests: ONE, recycles: 1, faults: 2, budget: { adapter: 1, leader: 1 } },
  { name: 'receipts+adapter', generations: 2, requests: TWO, recycles: 1, budget: { adapter: 1 }, countsReceipts: true },
  { name: 'idle+adapter+limit', generations: 2, requests: TWO, idles: 1, faults: 2, budget: { adapter: 1, limit: 1 } },
  {
    name: 'park+adapter+wasDrop',
    generations: 2,
    requests: ONE,
    recycles: 1,
    isWithoutOverlap: true,
    faults: 2,
    budget: { adapter: 1, wasDrop: 1 },
  },
  { name: 'follow', generations: 3, requests: ONE, recycles: 2, faults: 0 },
  { name: 'follow+crash', generations: 4, requests: ONE, recycles: 2, budget: { crash: 1 } },
  { name: 'follow+wasDrop', generations: 3, requests: ONE, recycles: 2, budget: { wasDrop: 1 } },
  { name: 'follow+leader', generations: 3, requests: NONE, recycles: 2, budget: { leader: 1 }, isSymmetric: true },
  { name: 'cold', generations: 1, requests: TWO, faults: 0, isCold: true },
  { name: 'cold+crash', generations: 2, requests: TWO, budget: { crash: 1 }, isCold: true },
  { name: 'cold+adapter+leader', generations: 1, requests: TWO, faults: 2, budget: { adapter: 1, leader: 1 }, isCold: true },
  { name: 'cold+crash+wasDrop', generations: 2, requests: TWO, faults: 2, budget: { crash: 1, wasDrop: 1 }, isCold: true },
  { name: 'cold+leader+late', generations: 1, requests: TWO, faults: 2, budget: { leader: 1, late: 1 }, isCold: true, hasSlowRead: true },
  { name: 'cold+usurp', generations: 1, requests: TWO, budget: { usurp: 1 }, isCold: true, hasFormerLeader: true },
  { name: 'idle', generations: 2, requests: THREE, idles: 1, faults: 0 },
  { name: 'idle+wasDrop+limit', generations: 2, requests: TWO, idles: 1, faults: 2, budget: { wasDrop: 1, limit: 1 } },
  { name: 'idle+crash', generations: 3, requests: TWO, idles: 1, budget: { crash: 1 } },
  { name: 'idle+leader', generations: 2, requests: TWO, idles: 1, budget: { leader: 1 } },
  { name: 'idle+leader+late', generations: 2, requests: ONE, idles: 1, faults: 2, budget: { leader: 1, late: 1 }, hasSlowRead: true },
  { name: 'idle+linkDrop+limit', generations: 2, requests: TWO, idles: 1, faults: 2, budget: { linkDrop: 1, limit: 1 } },
  { name: 'idle+recycle', generations: 3, requests: TWO, recycles: 1, idles: 1, faults: 0 },
  { name: 'park', generations: 2, requests: THREE, recycles: 1, isWithoutOverlap: true, faults: 0 },
  { name: 'park+crash', generations: 3, requests: TWO, recycles: 1, isWithoutOverlap: true, budget: { crash: 1 } },
  { name: 'park+leader', generations: 2, requests: TWO, recycles: 1, isWithoutOverlap: true, budget: { leader: 1 } },
  {
    name: 'park+leader+wasDrop',
    generations: 2,
    requests: ONE,
    recycles: 1,
    isWithoutOverlap: true,
    faults: 2,
    budget: { wasDrop: 1, leader: 1 },
  },
  {
    name: 'park+leader+late',
    generations: 2,
    requests: ONE,
    recycles: 1,
    isWithoutOverlap: true,
    faults: 2,
    budget: { leader: 1, late: 1 },
    hasSlowRead: true,
  },
  { name: 'park+usurp', generations: 2, requests: ONE, recycles: 1, isWithoutOverlap: true, budget: { usurp: 1 }, hasFormerLeader: true },
  { name: 'park+idle+wasDrop', generations: 3, requests: ONE, recycles: 1, isWithoutOverlap: true, idles: 1, budget: { wasDrop: 1 } },
  { name: 'lateJoin', generations: 2, requests: TWO, recycles: 1, faults: 0, bIsLate: true },
  { name: 'lateJoin+leader', generations: 2, requests: ONE, recycles: 1, budget: { leader: 1 }, bIsLate: true },
  { name: 'lateJoin+crash', generations: 3, requests: ONE, recycles: 1, budget: { crash: 1 }, bIsLate: true },
  { name: 'unconnected', generations: 2, requests: TWO, recycles: 1, faults: 0, bIsUnconnected: true },
  { name: 'unconnected+wasDrop', generations: 2, requests: TWO, recycles: 1, budget: { wasDrop: 1 }, bIsUnconnected: true },
  { name: 'unconnected+idle', generations: 2, requests: TWO, idles: 1, faults: 2, budget: { wasDrop: 1, limit: 1 }, bIsUnconnected: true },
  {
    name: 'fallback+crash+wasDrop',
    generations: 3,
    requests: ONE,
    recycles: 1,
    faults: 2,
    budget: { crash: 1, wasDrop: 1 },
    rules: { fallback: true },
  },
  {
    name: 'fallback+crash+leader',
    generations: 3,
    requests: NONE,
    recycles: 1,
    faults: 2,
    budget: { crash: 1, leader: 1 },
    isSymmetric: true,
    rules: { fallback: true },
  },
];

/** A configuration of HOLDS by its name. */
export function configurationNamed(name: string): Configuration {
  const found = HOLDS.find((configuration) => configuration.name === name);
  if (!found) throw new Error(`no configuration is called ${name}`);
  return found;
}
