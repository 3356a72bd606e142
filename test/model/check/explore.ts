import { Graph } from './graph.ts';
import { Ints } from './ints.ts';
import type { Kind, Machine } from './machine.ts';
import { findCycle, findLostState, wayToDeadEnd } from './progress.ts';
import { StateStore } from './state-store.ts';
import { Tracer } from './trace.ts';

/**
 * - holds: every reachable state keeps the invariants, and progress is possible from each.
 * - broken: an invariant is broken; the trace is a shortest one.
 * - stuck: from some state no calm one can be reached any more.
 * - cycle: the parts can go round for ever without a timer.
 * - unfinished: a limit of the search was reached; nothing is known.
 */
export type Verdict = 'holds' | 'broken' | 'stuck' | 'cycle' | 'unfinished';

/** What a search found. */
export interface Finding {
  readonly verdict: Verdict;
  readonly states: number;
  readonly steps: number;
  readonly durationMs: number;
  /** What is wrong, in words; empty when it holds. */
  readonly why: string;
  /** How the system came there, a line per step. */
  readonly trace: readonly string[];
}

export interface ExploreOptions {
  /** @default 12 million */
  readonly maxStates?: number;
  /** @default 5 minutes */
  readonly limitMs?: number;
}

/** Visits every state that can be reached, breadth first, and judges all of them. Stops at the first broken invariant. */
export function explore(machine: Machine, { maxStates = 12e6, limitMs = 300_000 }: ExploreOptions = {}): Finding {
  const beganAtMs = performance.now();
  const words = new Int32Array(machine.memory.buffer, machine.memory.byteOffset, machine.memory.length >> 2);
  const before = new Int32Array(words.length);
  const store = new StateStore(machine.memory.length);
  const graph = new Graph();
  const parents = new Ints();
  const calm: number[] = [];
  const tracer = new Tracer(machine, words, store, parents);
  let steps = 0;
  let current = -1;
  let brokenAt = -1;
  let why = '';
  const finding = (verdict: Verdict, reason = '', trace: readonly string[] = []): Finding => {
    return { verdict, states: store.length, steps, durationMs: performance.now() - beganAtMs, why: reason, trace };
  };
  const visit = (): number => {
    machine.simplify();
    const known = store.length;
    const id = store.add(words);
    if (id < known) return id;
    parents.push(current);
    if (brokenAt < 0) {
      why = machine.broken();
      if (why) brokenAt = id;
    }
    return id;
  };
  const emit = (kind: Kind, _text: () => string, act: () => void): void => {
    act();
    graph.add(kind, visit());
    steps++;
    words.set(before);
  };

  machine.memory.set(machine.initial);
  visit();
  for (current = 0; current < store.length && brokenAt < 0; current++) {
    graph.beginRow();
    store.read(current, before);
    words.set(before);
    if (machine.isCalm()) calm.push(current);
    machine.steps(emit);
    if ((current & 1023) === 0 && (store.length > maxStates || performance.now() - beganAtMs > limitMs)) return finding('unfinished');
  }
  if (brokenAt >= 0) return finding('broken', why, tracer.to(brokenAt));
  const lost = findLostState(graph, calm);
  if (lost !== undefined) {
    const deadEnd = wayToDeadEnd(graph, lost);
    const onward =
      deadEnd.length > 0
        ? ['-- lost; the parts go on to where nothing acts:', ...tracer.along(deadEnd), tracer.stateAt(deadEnd.at(-1)!)]
        : [];
    return finding('stuck', 'no calm state can be reached any more without help from outside', [...tracer.to(lost), ...onward]);
  }
  const ring = findCycle(graph);
  if (ring) {
    const round = tracer.along([...ring, ring[0]!]);
    return finding('cycle', 'the parts can go round for ever without a timer', [...tracer.to(ring[0]!), '-- and then for ever:', ...round]);
  }
  return finding('holds');
}
