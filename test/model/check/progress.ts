import type { Graph } from './graph.ts';

/** The first state from which parts and timers alone can reach none of the `calm` states any more; undefined: there is none. */
export function findLostState(graph: Graph, calm: readonly number[]): number | undefined {
  const forEachSource = graph.reversed('partsAndTimers');
  const reaches = new Uint8Array(graph.stateCount);
  const queue = new Int32Array(graph.stateCount);
  let queued = 0;
  const reach = (state: number) => {
    if (reaches[state] !== 0) return;
    reaches[state] = 1;
    queue[queued++] = state;
  };
  for (const state of calm) reach(state);
  for (let taken = 0; taken < queued; taken++) forEachSource(queue[taken] as number, reach);
  const lost = reaches.indexOf(0);
  return lost < 0 ? undefined : lost;
}

/** A ring of states that the parts can go round without any timer, in order; undefined: every run of parts alone ends. */
export function findCycle(graph: Graph): number[] | undefined {
  const count = graph.stateCount;
  const incoming = new Int32Array(count);
  for (let state = 0; state < count; state++) {
    graph.forEachNext(state, 'parts', (target) => {
      incoming[target] = (incoming[target] as number) + 1;
    });
  }
  const queue = new Int32Array(count);
  let queued = 0;
  for (let state = 0; state < count; state++) if (incoming[state] === 0) queue[queued++] = state;
  for (let taken = 0; taken < queued; taken++) {
    graph.forEachNext(queue[taken] as number, 'parts', (target) => {
      incoming[target] = (incoming[target] as number) - 1;
      if (incoming[target] === 0) queue[queued++] = target;
    });
  }
  return queued < count ? ringIn(graph, incoming) : undefined;
}

/** What the sorting above left over lies on a cycle or behind one: walking backwards, a state must come again. */
function ringIn(graph: Graph, incoming: Int32Array): number[] {
  const forEachSource = graph.reversed('parts');
  const path: number[] = [];
  const seen = new Map<number, number>();
  let state = incoming.findIndex((left) => left > 0);
  while (!seen.has(state)) {
    seen.set(state, path.length);
    path.push(state);
    let source = -1;
    forEachSource(state, (candidate) => {
      if (source < 0 && (incoming[candidate] as number) > 0) source = candidate;
    });
    state = source;
  }
  return path.slice(seen.get(state)).reverse();
}

/** The way from a lost state to one in which no part has anything left to do, to show where it hangs. */
export function wayToDeadEnd(graph: Graph, start: number, limit = 200_000): number[] {
  const cameFrom = new Map<number, number>([[start, -1]]);
  const queue = [start];
  for (let taken = 0; taken < queue.length && taken < limit; taken++) {
    const state = queue[taken] as number;
    let hasNext = false;
    graph.forEachNext(state, 'parts', (target) => {
      hasNext = true;
      if (cameFrom.has(target)) return;
      cameFrom.set(target, state);
      queue.push(target);
    });
    if (hasNext) continue;
    const way: number[] = [];
    for (let at = state; at !== -1; at = cameFrom.get(at) as number) way.unshift(at);
    return way;
  }
  return [];
}
