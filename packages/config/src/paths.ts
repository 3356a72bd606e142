import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { formatKey } from './problem.ts';

/** Where a path stands in the file. */
export interface PathPlace {
  /** "apps[0].modules[1]" */
  readonly key: string;
  /** From 1. */
  readonly line: number;
}

export interface Places {
  /** Where the worker hosts find an entry or a module. */
  readonly code: (path: string, at: PathPlace) => string;
  /** Where the adapters find a file of a certificate. */
  readonly certificate: (path: string, at: PathPlace) => string;
}

/**
 * The text of a valid baton.yaml with each app's entry and modules and the files of each certificate replaced by what `places` says of them, and
 * everything else as it was written.
 *
 * - For tools that know where the file is: hosts and adapters do not.
 */
export function rewritePaths(text: string, places: Places): string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const edits = (list: string, keys: readonly string[], place: Places['code']): Edit[] =>
    keys.flatMap((key) => pathsIn(document.get(list), [list], key)).flatMap(({ at, node }) => edit(node, formatKey(at), lines, place));
  return [...edits('apps', ['entry', 'modules'], places.code), ...edits('tls', ['cert', 'key'], places.certificate)]
    .sort((a, b) => b.start - a.start)
    .reduce((rewritten, { start, end, by }) => `${rewritten.slice(0, start)}${JSON.stringify(by)}${rewritten.slice(end)}`, text);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

interface Found {
  readonly at: readonly PropertyKey[];
  readonly node: unknown;
}

/** The value of `key`, or each of its values, in every item of a list. */
function pathsIn(list: unknown, at: readonly PropertyKey[], key: string): Found[] {
  if (!isSeq(list)) return [];
  return list.items.flatMap((item, index): Found[] => {
    const node: unknown = isMap(item) ? item.get(key, true) : undefined;
    const place = [...at, index, key];
    return isSeq(node) ? node.items.map((one, number) => ({ at: [...place, number], node: one })) : [{ at: place, node }];
  });
}

function edit(node: unknown, key: string, lines: LineCounter, place: Places['code']): Edit[] {
  if (!isScalar(node as Node)) return [];
  const { value, range } = node as { value: unknown; range?: [number, number, number] | null };
  if (!range || typeof value !== 'string') return [];
  const by = place(value, { key, line: lines.linePos(range[0]).line });
  return by === value ? [] : [{ start: range[0], end: range[1], by }];
}
